import Platform

/// Every request gets an answer within its bound: an INVITE a 100 at once and its final response
/// while somebody may still wait, all others theirs before the other side gives up (RFC 3261 §17.2).
enum RequestsAreAnsweredInTime {
    static let claim = "every transaction ends within its bound"

    /// §17.2.1 names 200 ms; alarms are up to a millisecond late.
    private static let firstAnswerToInvite = Duration.milliseconds(205)
    /// 64·T1.
    private static let patience = Duration.seconds(32)
    /// Ten ways of a device are rung in turn, 60 s together; then the last CANCEL is waited for.
    private static let finalToInvite = Duration.seconds(130)
    private static let margin = Duration.seconds(1)

    /// The first answer came, later than it may.
    static func late(
        _ message: WatchedMessage, _ transaction: AskedTransaction
    ) -> [Finding] {
        let waited = message.instant - transaction.first.instant
        // Where its stream is gone, the answer waits for another.
        guard transaction.isInvite, !transaction.isFlowGone, waited > firstAnswerToInvite,
            WellFormed.isRequest(transaction.first.passage.bytes)
        else { return [] }
        return [
            Finding(claim, "an INVITE was first answered after \(waited)", of: message)
        ]
    }

    /// None came at all.
    static func overdue(
        _ transaction: AskedTransaction, now: Instant, outages: [Outage]
    ) -> [Finding] {
        guard transaction.final == nil, !transaction.isFlowGone,
            isHopeless(transaction, now: now)
        else { return [] }
        let message = transaction.first
        let isExcused = outages.hit(
            nil, from: message.instant, to: now, grace: patience,
            kinds: [.storage, .exchangeDown])
        guard !isExcused, WellFormed.isRequest(message.passage.bytes) else { return [] }
        return [
            Finding(
                claim, "\(message.glance.method) came and was never answered", of: message)
        ]
    }

    /// No answer that comes now could be in time.
    static func isHopeless(_ transaction: AskedTransaction, now: Instant) -> Bool {
        let bound = transaction.isInvite ? finalToInvite : patience
        return now - transaction.first.instant > bound + margin
    }
}
