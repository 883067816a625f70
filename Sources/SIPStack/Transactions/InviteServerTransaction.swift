/// The server's side of an INVITE (RFC 3261 §17.2.1, with RFC 6026 §8.5).
///
///                   │ begin: start the pause before 100
///             ┌─────▼──────┐  INVITE again: send the last provisional
///             │ proceeding │  CANCEL: deliver it, once
///             └──┬──────┬──┘
///            2xx │      │ 300–699: send, start G (unreliable), H
///       ┌────────▼─┐  ┌─▼─────────┐  INVITE again, G: send; G doubles up to T2
///       │ accepted │  │ completed │  H: fail ──► terminated
///       └────────┬─┘  └─┬─────────┘
///   2xx from the │      │ ACK: stop G and H, start I
///   owner: send  │    ┌─▼─────────┐
///                │    │ confirmed │  I
///                │ L  └─┬─────────┘
///                └──────┴──► terminated
struct InviteServerTransaction: Sendable, Equatable {
    enum State: Sendable, Equatable {
        /// `last` is the latest provisional response; nil before the first.
        case proceeding(last: Response?, isCancelled: Bool)
        /// Settled once the ACK has come, or the owner knows that none will.
        case accepted(isSettled: Bool)
        case completed(Response, resendAfter: Duration)
        case confirmed
        case terminated
    }

    enum Timer: Hashable, Sendable {
        /// The owner has not said anything for 200 ms: the stack sends 100.
        case pause
        case g, h, i, l
    }

    enum Event: Sendable, Equatable {
        case begin
        /// The INVITE came again.
        case retransmitted
        /// A CANCEL for it came.
        case cancelled
        /// An ACK came, of whichever response.
        case acknowledged
        /// The owner answers.
        case respond(Response)
        case timerFired(Timer)
        case transportFailed(TransportFailure)
    }

    enum Effect: Sendable, Equatable {
        /// Send 100 in the owner's place.
        case sendTrying
        case send(Response)
        case deliverCancel
        case start(Timer, after: Duration)
        case stop(Timer)
        case fail(TransactionFailure)
        /// The transaction is over.
        case end
    }

    private(set) var state = State.proceeding(last: nil, isCancelled: false)
    /// A 100 has gone: the INVITE comes again no more.
    private var hasSentTrying = false
    private let timing: TransactionTiming
    private let isReliable: Bool

    init(timing: TransactionTiming, isReliable: Bool) {
        self.timing = timing
        self.isReliable = isReliable
    }

    /// Whether a CANCEL could still change anything.
    var isPending: Bool {
        if case .proceeding(_, let isCancelled) = state { return !isCancelled }
        return false
    }

    mutating func handle(_ event: Event) -> [Effect] {
        switch state {
        case .proceeding(let last, let isCancelled): handleProceeding(event, last, isCancelled)
        case .accepted(let isSettled): handleAccepted(event, isSettled)
        case .completed(let response, let interval): handleCompleted(event, response, interval)
        case .confirmed: handleConfirmed(event)
        case .terminated: []
        }
    }

    private mutating func handleProceeding(
        _ event: Event, _ last: Response?, _ isCancelled: Bool
    ) -> [Effect] {
        switch event {
        case .begin:
            return [.start(.pause, after: timing.invitePause)]
        case .retransmitted:
            return last.map { [.send($0)] } ?? tried()
        case .timerFired(.pause):
            return last == nil ? tried() : []
        case .cancelled:
            guard !isCancelled else { return [] }
            state = .proceeding(last: last, isCancelled: true)
            return [.deliverCancel]
        case .respond(let response):
            guard response.status.isFinal else {
                state = .proceeding(last: response, isCancelled: isCancelled)
                return (last == nil ? [.stop(.pause)] : []) + [.send(response)]
            }
            guard last == nil else { return conclude(response) }
            return [.stop(.pause)] + conclude(response, isFirst: !hasSentTrying)
        case .transportFailed(let failure):
            state = .terminated
            return [.fail(.transport(failure)), .end]
        case .acknowledged:
            return []  // An ACK of nothing.
        case .timerFired(.g), .timerFired(.h), .timerFired(.i), .timerFired(.l):
            return []  // Not started in this state.
        }
    }

    private mutating func tried() -> [Effect] {
        hasSentTrying = true
        return [.sendTrying]
    }

    /// - Parameter isFirst: no provisional response has stopped the INVITE from coming again.
    private mutating func conclude(_ response: Response, isFirst: Bool = false) -> [Effect] {
        if response.status.isSuccess {
            state = .accepted(isSettled: false)
            return [.send(response), .start(.l, after: timing.patience)]
        }
        state = .completed(response, resendAfter: timing.t1)
        let effects: [Effect] = [.send(response), .start(.h, after: timing.patience)]
        // A challenge goes once for each INVITE that comes, as from a stateless server (§8.2.7,
        // §26.3.2.4): else whoever makes up a source address has us send it a dozen answers.
        if isReliable || isFirst && response.status.isChallenge { return effects }
        return effects + [.start(.g, after: timing.t1)]
    }

    private mutating func handleAccepted(_ event: Event, _ isSettled: Bool) -> [Effect] {
        switch event {
        case .respond(let response):
            // RFC 6026 §8.5: the owner resends its 2xx through us.
            return response.status.isSuccess ? [.send(response)] : []
        case .acknowledged:
            state = .accepted(isSettled: true)
            return []
        case .timerFired(.l):
            state = .terminated
            return isSettled ? [.end] : [.fail(.timeout), .end]
        case .transportFailed(let failure):
            guard !isSettled else { return [] }
            state = .accepted(isSettled: true)
            return [.fail(.transport(failure))]
        case .retransmitted:
            return []  // RFC 6026 §8.5: absorbed; the owner resends.
        case .begin, .cancelled, .timerFired(.pause), .timerFired(.g), .timerFired(.h),
            .timerFired(.i):
            return []  // Too late, or not started in this state.
        }
    }

    private mutating func handleCompleted(
        _ event: Event, _ response: Response, _ interval: Duration
    ) -> [Effect] {
        switch event {
        case .retransmitted:
            return [.send(response)]
        case .timerFired(.g):
            let next = min(interval * 2, timing.t2)
            state = .completed(response, resendAfter: next)
            return [.send(response), .start(.g, after: next)]
        case .timerFired(.h):
            state = .terminated
            return [.fail(.timeout), .end]
        case .acknowledged:
            let effects: [Effect] = isReliable ? [.stop(.h)] : [.stop(.g), .stop(.h)]
            guard !isReliable else {
                // Timer I is zero.
                state = .terminated
                return effects + [.end]
            }
            state = .confirmed
            return effects + [.start(.i, after: timing.t4)]
        case .transportFailed(let failure):
            state = .terminated
            return [.fail(.transport(failure)), .end]
        case .begin, .cancelled, .respond, .timerFired(.pause), .timerFired(.i), .timerFired(.l):
            return []  // Final already, or not started in this state.
        }
    }

    private mutating func handleConfirmed(_ event: Event) -> [Effect] {
        switch event {
        case .timerFired(.i):
            state = .terminated
            return [.end]
        case .acknowledged, .retransmitted:
            return []  // What this state is there to absorb.
        case .begin, .cancelled, .respond, .transportFailed, .timerFired(.pause), .timerFired(.g),
            .timerFired(.h), .timerFired(.l):
            return []  // Final already, or not started in this state.
        }
    }
}
