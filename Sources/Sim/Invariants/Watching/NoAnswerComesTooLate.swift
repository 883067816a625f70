import Platform

/// RFC 4320: a request other than INVITE gets no provisional response but a 100, that not too early
/// over UDP, never a 408, and nothing once the other side has given up.
enum NoAnswerComesTooLate {
    static let claim = "nothing late is said to a non-INVITE"

    /// 64·T1, when the other side's timer F has fired.
    private static let patience = Duration.seconds(32)
    /// When the other side's timer E has come to T2.
    private static let firstTrying = Duration.milliseconds(3_500)

    static func findings(
        _ message: WatchedMessage, _ transaction: AskedTransaction
    ) -> [Finding] {
        guard !transaction.isInvite else { return [] }
        let status = message.glance.status
        let method = message.glance.method
        let waited = message.instant - transaction.first.instant
        var texts: [String] = []
        if status == 408 { texts.append("a 408 to \(method)") }
        if status > 100, status < 200 { texts.append("a \(status) to \(method)") }
        if status == 100, !transaction.isReliable, waited < firstTrying {
            texts.append("a 100 to \(method) after \(waited)")
        }
        if status >= 200, transaction.final == nil, waited > patience + .milliseconds(5) {
            texts.append("a \(status) to \(method) after \(waited)")
        }
        return texts.map { Finding(claim, $0, of: message) }
    }
}
