import Platform

/// Over UDP a request is sent again while nothing comes back, at intervals that double from T1, for
/// 64·T1, and never changed; over streams never (RFC 3261 §17.1.1.2, §17.1.2.2).
enum RequestsAreRepeatedAsTheyMay {
    static let claim = "requests are sent again as timers A and E say"

    private static let t1 = Duration.milliseconds(500)
    private static let t2 = Duration.seconds(4)
    private static let patience = Duration.seconds(32)
    /// Alarms are up to a millisecond late, each from the one before.
    private static let margin = Duration.milliseconds(20)

    /// One that was sent again.
    static func findings(
        _ message: WatchedMessage, _ transaction: AskingTransaction
    ) -> [Finding] {
        guard message.passage.flow.transport == transaction.first.passage.flow.transport,
            !transaction.isMixed
        else { return [] }
        var hash = TraceHash()
        hash.mix(message.passage.bytes)
        let method = message.glance.method
        var texts: [String] = []
        if hash.value != transaction.hash { texts.append("\(method) is sent again, but changed") }
        if transaction.isReliable { texts.append("\(method) is sent again on a stream") }
        if message.instant - transaction.first.instant > patience {
            texts.append("\(method) is sent again after 64·T1")
        }
        if let answered = transaction.concluded
            ?? (transaction.isInvite ? transaction.progressed : nil),
            answered < message.instant
        {
            texts.append("\(method) is sent again after its answer")
        }
        if message.instant - transaction.lastSent < t1 {
            texts.append("\(method) is sent again too soon")
        }
        return texts.map { Finding(claim, $0, of: message) }
    }

    /// One that should have been sent again by now.
    static func missing(_ transaction: AskingTransaction, now: Instant) -> Finding? {
        guard !transaction.isReliable, !transaction.isMixed, transaction.progressed == nil,
            transaction.concluded == nil, now - transaction.first.instant < patience
        else { return nil }
        var interval = t1
        var due = transaction.first.instant + interval
        for _ in 1..<transaction.sentCount {
            interval = transaction.isInvite ? interval * 2 : min(interval * 2, t2)
            due = due + interval
        }
        guard now - due > margin else { return nil }
        let method = transaction.first.glance.method
        return Finding(
            claim, "\(method) was sent \(transaction.sentCount) times and then no more",
            of: transaction.first)
    }
}
