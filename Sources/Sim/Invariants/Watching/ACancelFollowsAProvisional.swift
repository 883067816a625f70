import Platform

/// CANCEL is sent only for an INVITE that is known to be there, and open (RFC 3261 §9.1).
enum ACancelFollowsAProvisional {
    static let claim = "a CANCEL follows a provisional response"

    static func findings(
        _ message: WatchedMessage, cancelling invite: AskingTransaction
    ) -> [Finding] {
        // What came at this very instant may not have been read yet.
        if let concluded = invite.concluded, concluded < message.instant {
            return [Finding(claim, "CANCEL after the final response", of: message)]
        }
        guard invite.progressed == nil else { return [] }
        return [Finding(claim, "CANCEL before any response", of: message)]
    }
}
