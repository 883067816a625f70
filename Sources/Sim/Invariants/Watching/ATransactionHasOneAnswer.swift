import Platform

/// A transaction has one final response, sent again only for a reason: the request came again, or,
/// for an INVITE, no ACK came (RFC 3261 §17.2.1, §17.2.2, §13.3.1.4).
enum ATransactionHasOneAnswer {
    static let claim = "a transaction has one answer"

    /// 64·T1: timers H and the wait for the ACK of a 2xx.
    private static let patience = Duration.seconds(32)

    static func findings(
        _ message: WatchedMessage, _ transaction: AskedTransaction
    ) -> [Finding] {
        // Where its stream broke, a copy that comes by another stream is a transaction of its own:
        // on streams timer J is zero (§17.2.2).
        guard let final = transaction.final, !transaction.isDamaged,
            !(transaction.isFlowGone && transaction.isReliable)
        else { return [] }
        let status = message.glance.status
        let method = message.glance.method
        if status < 200 {
            return [
                Finding(claim, "a \(status) to \(method) after its \(final.status)", of: message)
            ]
        }
        var hash = TraceHash()
        hash.mix(message.passage.bytes)
        // A copy that came by another port of a box has that in the Via of its answer.
        if hash.value != final.hash, message.passage.flow.remote == final.remote {
            return [
                Finding(
                    claim, "\(method) was answered \(final.status), then \(status)", of: message)
            ]
        }
        let isLate =
            message.instant - max(final.at, transaction.lastArrival)
            > patience + .milliseconds(5)
        if transaction.isInvite {
            return isLate
                ? [Finding(claim, "a \(status) to INVITE is sent for ever", of: message)] : []
        }
        if final.count + 1 > transaction.arrivals {
            return [
                Finding(
                    claim,
                    "\(method) came \(transaction.arrivals) times and was answered"
                        + " \(final.count + 1) times", of: message)
            ]
        }
        return []
    }
}
