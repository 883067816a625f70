/// The client's side of any request but INVITE and ACK (RFC 3261 §17.1.2, with RFC 4320).
///
///                    │ begin: send, start E (unreliable), F
///              ┌─────▼─────┐  E: send, E doubles up to T2
///              │  trying   ├──────┐
///              └──┬─────┬──┘◄─────┘     F, transport failure: fail ──► terminated
///            1xx  │     │
///          ┌──────▼───┐ │ 200–699       E: send, E is T2
///          │proceeding│ │
///          └──────┬───┘ │
///                 ├─────┘ deliver, start K
///           ┌─────▼─────┐
///           │ completed │ K ──► terminated
///           └───────────┘
struct NonInviteClientTransaction: Sendable, Equatable {
    enum State: Sendable, Equatable {
        case trying(resendAfter: Duration)
        case proceeding
        case completed
        case terminated
    }

    enum Timer: Hashable, Sendable {
        case e, f, k
    }

    enum Event: Sendable, Equatable {
        case begin
        case response(Response)
        case timerFired(Timer)
        case transportFailed(TransportFailure)
    }

    enum Effect: Sendable, Equatable {
        /// Send the request, again too.
        case send
        case deliver(Response)
        case start(Timer, after: Duration)
        case stop(Timer)
        case fail(TransactionFailure)
        /// The transaction is over.
        case end
    }

    private(set) var state: State
    private let timing: TransactionTiming
    /// Whether the transport resends by itself. A request may change from UDP to a stream and back.
    var isReliable: Bool
    /// A SUBSCRIBE: what its 2xx makes known to the owner may be asked for by the very next message,
    /// so that timer K runs on streams too.
    private let makesDialog: Bool

    init(timing: TransactionTiming, isReliable: Bool, makesDialog: Bool = false) {
        self.makesDialog = makesDialog
        state = .trying(resendAfter: timing.t1)
        self.timing = timing
        self.isReliable = isReliable
    }

    mutating func handle(_ event: Event) -> [Effect] {
        switch state {
        case .trying(let interval): handleTrying(event, interval)
        case .proceeding: handleProceeding(event)
        case .completed: handleCompleted(event)
        case .terminated: []
        }
    }

    private mutating func handleTrying(_ event: Event, _ interval: Duration) -> [Effect] {
        switch event {
        case .begin:
            return isReliable
                ? [.send, .start(.f, after: timing.patience)]
                : [.send, .start(.e, after: interval), .start(.f, after: timing.patience)]
        case .timerFired(.e):
            guard !isReliable else { return [] }
            let next = min(interval * 2, timing.t2)
            state = .trying(resendAfter: next)
            return [.send, .start(.e, after: next)]
        case .timerFired(.f):
            return fail(.timeout)
        case .transportFailed(let failure):
            return fail(.transport(failure))
        case .response(let response):
            guard response.status.isProvisional else { return conclude(response) }
            state = .proceeding
            // §17.1.2.2: E goes on, at T2 from its next firing.
            return [.deliver(response)]
        case .timerFired(.k):
            return []  // Not started in this state.
        }
    }

    private mutating func handleProceeding(_ event: Event) -> [Effect] {
        switch event {
        case .response(let response):
            return response.status.isProvisional ? [.deliver(response)] : conclude(response)
        case .timerFired(.e):
            return isReliable ? [] : [.send, .start(.e, after: timing.t2)]
        case .timerFired(.f):
            return fail(.timeout)
        case .transportFailed(let failure):
            return fail(.transport(failure))
        case .begin, .timerFired(.k):
            return []  // Begun already; K is not started in this state.
        }
    }

    private mutating func handleCompleted(_ event: Event) -> [Effect] {
        switch event {
        case .timerFired(.k):
            state = .terminated
            return [.end]
        case .response, .transportFailed:
            return []  // Retransmissions and late errors: the outcome is known.
        case .begin, .timerFired(.e), .timerFired(.f):
            return []  // Stopped, or late.
        }
    }

    private mutating func conclude(_ response: Response) -> [Effect] {
        let effects: [Effect] = [.stop(.e), .stop(.f), .deliver(response)]
        if isReliable && !makesDialog {
            // Timer K is zero.
            state = .terminated
            return effects + [.end]
        }
        state = .completed
        return effects + [.start(.k, after: timing.t4)]
    }

    private mutating func fail(_ failure: TransactionFailure) -> [Effect] {
        state = .terminated
        return [.fail(failure), .end]
    }
}
