/// The server's side of any request but INVITE and ACK (RFC 3261 §17.2.2, with RFC 4320).
///
///                   │ begin: start the pause before 100, and the wait for the owner
///             ┌─────▼─────┐
///             │  trying   │  request again: nothing
///             └──┬─────┬──┘
///       100, or  │     │
///       the pause│     │ 200–699: send, start J
///          ┌─────▼────┐│
///          │proceeding││  request again: send 100
///          └─────┬────┘│
///                ├─────┘
///          ┌─────▼─────┐
///          │ completed │  request again: send the response
///          └─────┬─────┘
///                │ J                      the wait for the owner is over: fail
///                └──► terminated ◄──────────────────────────────────────────
///
/// RFC 4320: 100 is the only provisional response, and over UDP not before the peer's timer E has
/// come to T2; a 408 is never sent, and nothing once the peer has given up.
struct NonInviteServerTransaction: Sendable, Equatable {
    enum State: Sendable, Equatable {
        case trying
        /// 100 is out; nil where the stack made it.
        case proceeding(Response?)
        case completed(Response)
        case terminated
    }

    enum Timer: Hashable, Sendable {
        /// The owner has not answered for so long that a 100 is due.
        case pause
        /// The owner has not answered for so long that the peer has given up.
        case patience
        case j
    }

    enum Event: Sendable, Equatable {
        case begin
        /// The request came again.
        case retransmitted
        /// The owner answers.
        case respond(Response)
        case timerFired(Timer)
        case transportFailed(TransportFailure)
    }

    enum Effect: Sendable, Equatable {
        /// Send 100 in the owner's place.
        case sendTrying
        case send(Response)
        case start(Timer, after: Duration)
        case stop(Timer)
        case fail(TransactionFailure)
        /// The transaction is over.
        case end
    }

    private(set) var state = State.trying
    private let timing: TransactionTiming
    private let isReliable: Bool

    init(timing: TransactionTiming, isReliable: Bool) {
        self.timing = timing
        self.isReliable = isReliable
    }

    mutating func handle(_ event: Event) -> [Effect] {
        switch state {
        case .trying: handleTrying(event)
        case .proceeding(let last): handleProceeding(event, last)
        case .completed(let response): handleCompleted(event, response)
        case .terminated: []
        }
    }

    private mutating func handleTrying(_ event: Event) -> [Effect] {
        switch event {
        case .begin:
            return [
                .start(.pause, after: timing.nonInvitePause),
                .start(.patience, after: timing.patience),
            ]
        case .timerFired(.pause):
            state = .proceeding(nil)
            return [.sendTrying]
        case .respond(let response):
            guard response.status.isProvisional else {
                return [.stop(.pause)] + conclude(response)
            }
            guard isReliable, response.status == .trying else { return [] }
            state = .proceeding(response)
            return [.stop(.pause), .send(response)]
        case .timerFired(.patience):
            return fail(.timeout)
        case .transportFailed(let failure):
            return fail(.transport(failure))
        case .retransmitted:
            return []  // §17.2.2: discarded before the first response.
        case .timerFired(.j):
            return []  // Not started in this state.
        }
    }

    private mutating func handleProceeding(_ event: Event, _ last: Response?) -> [Effect] {
        switch event {
        case .retransmitted:
            return [last.map(Effect.send) ?? .sendTrying]
        case .respond(let response):
            // RFC 4320 §4.1: no provisional response but the 100 that is out.
            return response.status.isProvisional ? [] : conclude(response)
        case .timerFired(.patience):
            return fail(.timeout)
        case .transportFailed(let failure):
            return fail(.transport(failure))
        case .begin, .timerFired(.pause), .timerFired(.j):
            return []  // Begun already, or not started in this state.
        }
    }

    private mutating func handleCompleted(_ event: Event, _ response: Response) -> [Effect] {
        switch event {
        case .retransmitted:
            return [.send(response)]
        case .timerFired(.j):
            state = .terminated
            return [.end]
        case .transportFailed(let failure):
            return fail(.transport(failure))
        case .begin, .respond, .timerFired(.pause), .timerFired(.patience):
            return []  // §17.2.2: any other final response is discarded.
        }
    }

    private mutating func conclude(_ response: Response) -> [Effect] {
        guard response.status != .requestTimeout else {
            // RFC 4320 §4.2: a 408 would come too late to mean anything; silence says the same.
            state = .terminated
            return [.stop(.patience), .end]
        }
        let effects: [Effect] = [.stop(.patience), .send(response)]
        if isReliable {
            // Timer J is zero.
            state = .terminated
            return effects + [.end]
        }
        state = .completed(response)
        return effects + [.start(.j, after: timing.patience)]
    }

    private mutating func fail(_ failure: TransactionFailure) -> [Effect] {
        state = .terminated
        return [.fail(failure), .end]
    }
}
