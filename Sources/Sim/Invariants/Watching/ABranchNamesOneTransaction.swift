/// A Via branch is never used for a second transaction (RFC 3261 §8.1.1.7); CANCEL and the ACK of a
/// refusal have that of their INVITE.
enum ABranchNamesOneTransaction {
    static let claim = "a branch names one transaction"

    static func finding(
        _ message: WatchedMessage, since branches: [UInt64: TransactionName]
    ) -> Finding? {
        let name = message.transaction
        guard let first = branches[name.branch], first != name else { return nil }
        let mayShare = name.method == .cancel || name.method == .ack
        if mayShare, first == name.of(.invite) { return nil }
        // Of an INVITE that is forgotten by now the CANCEL is remembered.
        if name.method == .ack, first == name.of(.cancel) { return nil }
        return Finding(
            claim, "\(name.method) has the branch of another \(first.method)", of: message)
    }
}
