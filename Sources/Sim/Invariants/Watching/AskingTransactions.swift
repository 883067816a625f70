import Platform

/// A transaction that the exchange began, as seen at its door.
struct AskingTransaction: Sendable {
    var first: WatchedMessage
    var hash: UInt64
    var sentCount = 1
    var lastSent: Instant
    /// When the first provisional and the first final response came.
    var progressed: Instant?
    var concluded: Instant?
    /// It went by another transport too: a datagram that was too long for one.
    var isMixed = false

    var isInvite: Bool { first.glance.method == .invite }
    var isReliable: Bool { first.passage.flow.transport.isReliable }
}

/// Every transaction that the exchange began, for as long as something can be said of it.
struct AskingTransactions: Sendable {
    private static let memory = Duration.seconds(70)

    private var open: [TransactionName: AskingTransaction] = [:]
    /// Which transaction a branch named first; CANCEL and the ACK of a refusal share their INVITE's.
    private var branches: [UInt64: TransactionName] = [:]
    private var order: [(name: TransactionName, began: Instant)] = []
    private var sequences = EachDialogCountsUp()
    /// Calls whose BYE was damaged on its way, and refused.
    private(set) var spoiltByes: Set<String> = []

    mutating func see(_ message: WatchedMessage) -> [Finding] {
        let name = message.transaction
        guard message.isOut else {
            arrive(message)
            return []
        }
        var findings: [Finding] = []
        if let finding = ABranchNamesOneTransaction.finding(message, since: branches) {
            findings.append(finding)
        }
        // The same by another stream, after its own broke, is no other request.
        let isFirst = branches[name.branch] == nil
        if isFirst { branches[name.branch] = name }
        guard message.glance.method != .ack else { return findings }
        guard var transaction = open[name] else {
            if message.glance.method == .cancel, let invite = open[name.of(.invite)] {
                findings += ACancelFollowsAProvisional.findings(message, cancelling: invite)
            }
            begin(message, name)
            return isFirst
                ? findings + [sequences.finding(message)].compactMap { $0 } : findings
        }
        open[name] = nil
        findings += RequestsAreRepeatedAsTheyMay.findings(message, transaction)
        transaction.sentCount += 1
        transaction.lastSent = message.instant
        if transaction.first.passage.flow.transport != message.passage.flow.transport {
            transaction.isMixed = true
        }
        open[name] = transaction
        return findings
    }

    mutating func tick(now: Instant, outages: [Outage]) -> [Finding] {
        sequences.tick(now: now)
        var findings: [Finding] = []
        order.removeAll { name, began in
            guard let transaction = open[name] else {
                // Its stream broke: it may come again by another.
                guard now - began > Self.memory else { return false }
                branches[name.branch] = nil
                return true
            }
            if let finding = RequestsAreRepeatedAsTheyMay.missing(transaction, now: now) {
                findings.append(finding)
            }
            // An INVITE that rings is remembered for as long as it may be cancelled.
            let lasts: Duration =
                transaction.isInvite && transaction.concluded == nil
                ? .seconds(300) : Self.memory
            let isOver = now - (transaction.concluded ?? transaction.first.instant) > lasts
            guard isOver else { return false }
            open[name] = nil
            branches[name.branch] = nil
            return true
        }
        return findings
    }

    mutating func forget(_ flow: Flow) {
        for (name, transaction) in open where transaction.first.passage.flow == flow {
            open[name] = nil
        }
    }

    private mutating func begin(_ message: WatchedMessage, _ name: TransactionName) {
        var hash = TraceHash()
        hash.mix(message.passage.bytes)
        open[name] = AskingTransaction(
            first: message, hash: hash.value, lastSent: message.instant)
        order.append((name, message.instant))
    }

    mutating func arrive(_ message: WatchedMessage) {
        let name = message.transaction
        if message.glance.method == .bye, message.glance.status == 400 {
            spoiltByes.insert(message.sipCallID)
        }
        guard var transaction = open.removeValue(forKey: name) else { return }
        if message.glance.status < 200 {
            transaction.progressed = transaction.progressed ?? message.instant
        } else {
            transaction.concluded = transaction.concluded ?? message.instant
        }
        open[name] = transaction
    }
}

extension TransactionName {
    func of(_ method: MessageGlance.Method) -> TransactionName {
        TransactionName(branch: branch, sipCallID: sipCallID, method: method)
    }
}
