import Platform

/// A digest's nonce with one count opens the door once (RFC 7616 §3.3): who hears credentials can't
/// use them again.
struct ANonceIsGoodOnce: Sendable {
    static let claim = "a nonce is good once"

    /// The transaction in which a nonce came first, and what became of it.
    private struct Use: Sendable {
        var transaction: TransactionName
        var isAccepted = false
    }

    /// Nonces of a run that are remembered.
    private static let limit = 65_536

    private var uses: [UInt64: Use] = [:]
    /// Open transactions that brought a nonce which another had brought before.
    private var replays: [TransactionName: UInt64] = [:]
    private var brought: [TransactionName: UInt64] = [:]

    mutating func see(_ message: WatchedMessage) -> [Finding] {
        let name = message.transaction
        guard message.isOut else {
            if message.glance.nonce != 0, message.glance.method != .ack { arrive(message, name) }
            return []
        }
        guard message.glance.status >= 200 else { return [] }
        let isAccepted = ![401, 407].contains(message.glance.status)
        if let nonce = replays.removeValue(forKey: name) {
            guard isAccepted, message.glance.status < 300, uses[nonce]?.isAccepted == true else {
                return []
            }
            return [
                Finding(
                    Self.claim,
                    "credentials that were used before opened the door to \(message.glance.method)",
                    of: message)
            ]
        }
        if let nonce = brought.removeValue(forKey: name) {
            uses[nonce]?.isAccepted = isAccepted
        }
        return []
    }

    private mutating func arrive(_ message: WatchedMessage, _ name: TransactionName) {
        let nonce = message.glance.nonce
        guard let use = uses[nonce] else {
            if uses.count >= Self.limit { uses = [:] }
            uses[nonce] = Use(transaction: name)
            brought[name] = nonce
            return
        }
        if use.transaction != name { replays[name] = nonce }
    }
}
