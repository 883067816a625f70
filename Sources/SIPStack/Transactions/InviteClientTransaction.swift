/// The client's side of an INVITE (RFC 3261 §17.1.1, with RFC 6026 §8.4).
///
///                    │ begin: send, start A (unreliable), B
///              ┌─────▼─────┐  A: send, A doubles
///              │  calling  ├──────┐
///              └┬────┬────┬┘◄─────┘      B, transport failure: fail ──► terminated
///          1xx  │    │2xx │ 300–699
///       ┌───────▼──┐ │    │ acknowledge
///       │proceeding│ │    │              1xx: deliver; 64·T1 after CANCEL: fail
///       └─┬──────┬─┘ │    │
///      2xx│      └───┼────┤ 300–699: acknowledge, deliver, start D
///       ┌─▼────────┐ │  ┌─▼───────┐
///       │ accepted │◄┘  │completed│      completed: 300–699 acknowledge again
///       └─┬────────┘    └─┬───────┘      accepted: each 2xx is delivered
///         │ M             │ D
///         └─► terminated ◄┘
///
/// A CANCEL waits in `calling` for a provisional response (§9.1). A stream that breaks in `calling`
/// fails the INVITE at once (§18.4), but the phone may have it, and ring: `abandoned` waits for what
/// it says by another stream, to CANCEL it, until B, which starts anew when it goes by that stream.
struct InviteClientTransaction: Sendable, Equatable {
    enum State: Sendable, Equatable {
        case calling(resendAfter: Duration, pendingCancel: Cancellation?)
        case proceeding(isCancelled: Bool)
        /// Failed already, as far as the owner knows.
        case abandoned
        case completed
        case accepted
        case terminated
    }

    /// A CANCEL that was asked for, with the text of its Reason field.
    struct Cancellation: Sendable, Equatable {
        var reason: String?
    }

    enum Timer: Hashable, Sendable {
        case a, b, d, m
        /// 64·T1 after the CANCEL: the INVITE is given up (§9.1).
        case cancelled
    }

    enum Event: Sendable, Equatable {
        case begin
        case response(Response)
        case timerFired(Timer)
        case cancel(Cancellation)
        case transportFailed(TransportFailure)
        /// The stream that it went out by is closed.
        case flowClosed
        /// The device whose stream broke is back by another, that the INVITE may go by again.
        case returned
    }

    enum Effect: Sendable, Equatable {
        /// Send the INVITE, again too.
        case send
        /// Send the ACK of this non-2xx response.
        case acknowledge(Response)
        case sendCancel(Cancellation)
        case deliver(Response)
        case start(Timer, after: Duration)
        case stop(Timer)
        case fail(TransactionFailure)
        /// The owner hears no more of it: all that follows is between us and the phone.
        case abandon
        /// The transaction is over.
        case end
    }

    private(set) var state: State
    private let timing: TransactionTiming
    /// Whether the transport resends by itself. An INVITE may change from UDP to a stream and back.
    var isReliable: Bool

    init(timing: TransactionTiming, isReliable: Bool) {
        state = .calling(resendAfter: timing.t1, pendingCancel: nil)
        self.timing = timing
        self.isReliable = isReliable
    }

    mutating func handle(_ event: Event) -> [Effect] {
        switch state {
        case .calling(let interval, let cancellation):
            handleCalling(event, interval, cancellation)
        case .proceeding(let isCancelled): handleProceeding(event, isCancelled)
        case .abandoned: handleAbandoned(event)
        case .completed: handleCompleted(event)
        case .accepted: handleAccepted(event)
        case .terminated: []
        }
    }

    private mutating func handleCalling(
        _ event: Event, _ interval: Duration, _ cancellation: Cancellation?
    ) -> [Effect] {
        switch event {
        case .begin:
            return isReliable
                ? [.send, .start(.b, after: timing.patience)]
                : [.send, .start(.a, after: interval), .start(.b, after: timing.patience)]
        case .timerFired(.a):
            // §17.1.1.2: resend, doubling.
            guard !isReliable else { return [] }
            state = .calling(resendAfter: interval * 2, pendingCancel: cancellation)
            return [.send, .start(.a, after: interval * 2)]
        case .timerFired(.b):
            return fail(.timeout)
        case .transportFailed(let failure):
            return fail(.transport(failure))
        case .flowClosed:
            state = .abandoned
            return [.fail(.transport(.closed)), .abandon]
        case .cancel(let asked):
            state = .calling(resendAfter: interval, pendingCancel: cancellation ?? asked)
            return []
        case .response(let response):
            guard response.status.isProvisional else {
                return [.stop(.a), .stop(.b)] + conclude(response)
            }
            state = .proceeding(isCancelled: cancellation != nil)
            let effects: [Effect] = [.stop(.a), .stop(.b), .deliver(response)]
            guard let cancellation else { return effects }
            return effects + [
                .sendCancel(cancellation), .start(.cancelled, after: timing.patience),
            ]
        case .timerFired(.d), .timerFired(.m), .timerFired(.cancelled), .returned:
            return []  // Not started in this state, or nothing that concerns it.
        }
    }

    private mutating func handleAbandoned(_ event: Event) -> [Effect] {
        switch event {
        case .returned:
            // Who has it says again how far it is (§17.2.1); who has not can be cancelled, too. Either
            // has as long to answer as for any INVITE.
            return [.send, .start(.b, after: timing.patience)]
        case .response(let response):
            guard response.status.isProvisional else { return [.stop(.b)] + conclude(response) }
            state = .proceeding(isCancelled: true)
            return [
                .stop(.b), .sendCancel(Cancellation()),
                .start(.cancelled, after: timing.patience),
            ]
        case .timerFired(.b):
            state = .terminated
            return [.end]
        case .begin, .cancel, .transportFailed, .flowClosed, .timerFired(.a), .timerFired(.d),
            .timerFired(.m), .timerFired(.cancelled):
            return []  // It has failed already.
        }
    }

    private mutating func handleProceeding(_ event: Event, _ isCancelled: Bool) -> [Effect] {
        switch event {
        case .response(let response):
            guard response.status.isProvisional else {
                return (isCancelled ? [.stop(.cancelled)] : []) + conclude(response)
            }
            return [.deliver(response)]
        case .cancel(let asked):
            guard !isCancelled else { return [] }
            state = .proceeding(isCancelled: true)
            return [.sendCancel(asked), .start(.cancelled, after: timing.patience)]
        case .timerFired(.cancelled):
            return fail(.timeout)
        case .transportFailed, .flowClosed, .returned:
            return []  // The peer has the INVITE: it can make a stream to our sent-by.
        case .begin, .timerFired(.a), .timerFired(.b), .timerFired(.d), .timerFired(.m):
            return []  // Stopped, or late.
        }
    }

    private mutating func handleCompleted(_ event: Event) -> [Effect] {
        switch event {
        case .response(let response):
            // §17.1.1.2: the final response again, since our ACK was lost.
            return response.status >= .multipleChoices ? [.acknowledge(response)] : []
        case .timerFired(.d):
            state = .terminated
            return [.end]
        case .transportFailed, .flowClosed, .returned:
            return []  // Only the ACK could fail; the response is delivered.
        case .begin, .cancel, .timerFired(.a), .timerFired(.b), .timerFired(.m),
            .timerFired(.cancelled):
            return []  // Final already.
        }
    }

    private mutating func handleAccepted(_ event: Event) -> [Effect] {
        switch event {
        case .response(let response):
            // RFC 6026 §8.4: 2xx of forks and retransmitted ones go up; others are late.
            return response.status.isSuccess ? [.deliver(response)] : []
        case .timerFired(.m):
            state = .terminated
            return [.end]
        case .transportFailed, .flowClosed, .returned:
            return []  // Nothing of ours is under way.
        case .begin, .cancel, .timerFired(.a), .timerFired(.b), .timerFired(.d),
            .timerFired(.cancelled):
            return []  // Final already.
        }
    }

    private mutating func conclude(_ response: Response) -> [Effect] {
        if response.status.isSuccess {
            state = .accepted
            return [.deliver(response), .start(.m, after: timing.patience)]
        }
        let effects: [Effect] = [.acknowledge(response), .deliver(response)]
        if isReliable {
            // Timer D is zero.
            state = .terminated
            return effects + [.end]
        }
        state = .completed
        return effects + [.start(.d, after: timing.completedInvite)]
    }

    private mutating func fail(_ failure: TransactionFailure) -> [Effect] {
        state = .terminated
        return [.fail(failure), .end]
    }
}
