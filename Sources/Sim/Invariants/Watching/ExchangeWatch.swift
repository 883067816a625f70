import Platform

/// What is known of the exchange from the messages at its door: its transactions on both sides, and
/// the claims about them.
struct ExchangeWatch: Sendable {
    private var asked = AskedTransactions()
    private var asking = AskingTransactions()
    private var nonces = ANonceIsGoodOnce()
    private var cancelled = ACancelledLegThatAnswersIsHungUp()
    private var acknowledged = EveryAnswerIsAcknowledged()

    /// Calls whose BYE was damaged on its way, and refused: whoever sent it is gone, the other is not.
    var spoiltByes: Set<String> { asking.spoiltByes.union(asked.spoiltByes) }

    /// Calls whose INVITE was answered more than once: the ACK was late.
    var repeatedAnswers: Set<String> { asked.repeatedAnswers }

    mutating func see(_ message: WatchedMessage) -> [Finding] {
        let isAsked = message.isOut != message.glance.isRequest
        var findings = isAsked ? asked.see(message) : asking.see(message)
        if isAsked { findings += nonces.see(message) }
        findings += acknowledged.see(message)
        findings += cancelled.see(message)
        return findings
    }

    /// A message of a hostile machine, or to one. Nothing is owed to it; but what it repeats of
    /// others may bring them their answer once more.
    mutating func seeHostile(_ message: WatchedMessage) {
        guard !message.isOut else { return }
        // A provisional response with a branch of ours was overheard, and may be taken: RFC 3261
        // §17.1.3 names no source.
        guard message.glance.isRequest else {
            if message.glance.status < 200 { asking.arrive(message) }
            return
        }
        asked.noteRepeated(message)
    }

    mutating func tick(now: Instant, outages: [Outage]) -> [Finding] {
        asked.tick(now: now, outages: outages) + asking.tick(now: now, outages: outages)
            + acknowledged.tick(now: now) + cancelled.tick(now: now)
    }

    /// A stream is gone, and what was open on it cannot go on there.
    mutating func forget(_ flow: Flow) {
        asked.forget(flow)
        asking.forget(flow)
        acknowledged.forget(flow)
        cancelled.forget(flow)
    }

    /// Nobody listens there: requests fail at once.
    mutating func sendFailed(on flow: Flow) {
        asking.forget(flow)
        acknowledged.sendFailed(on: flow)
    }
}
