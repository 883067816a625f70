import Platform

/// A transaction that somebody began with the exchange, as seen at its door.
struct AskedTransaction: Sendable {
    var first: WatchedMessage
    var lastArrival: Instant
    /// How often the request came.
    var arrivals = 1
    var firstAnswer: Instant?
    var final: Final?
    /// It came with other bytes, too: damaged on the way, and such a copy has an answer of its own.
    var isDamaged = false
    /// The stream that it came by is closed: no answer may reach anybody.
    var isFlowGone = false

    struct Final: Sendable {
        var status: Int
        var at: Instant
        var remote: SocketAddress
        var hash: UInt64
        /// How often it was sent.
        var count: Int
    }

    var isInvite: Bool { first.glance.method == .invite }
    var isReliable: Bool { first.passage.flow.transport.isReliable }
}

/// Every transaction that others began with the exchange, for as long as something can be said of it.
struct AskedTransactions: Sendable {
    /// After that nothing more is to come of an answered transaction: 64·T1, and what is on its way.
    private static let memory = Duration.seconds(70)
    /// 64·T1.
    private static let patience = Duration.seconds(32)

    private var open: [TransactionName: AskedTransaction] = [:]
    /// Calls whose BYE was damaged on its way, and refused.
    private(set) var spoiltByes: Set<String> = []
    /// Calls whose INVITE was answered more than once: the ACK was late.
    private(set) var repeatedAnswers: Set<String> = []
    /// In the order of their first request: each is visited until it is forgotten.
    private var order: [TransactionName] = []

    mutating func see(_ message: WatchedMessage) -> [Finding] {
        guard message.glance.method != .ack else { return [] }
        guard message.isOut else {
            arrive(message, message.transaction)
            return []
        }
        guard let name = name(answeredBy: message), var transaction = open[name] else {
            return [EveryResponseAnswersARequest.finding(message)]
        }
        open[name] = nil
        let findings = judge(message, &transaction)
        open[name] = transaction
        return findings
    }

    /// A request came again from elsewhere.
    mutating func noteRepeated(_ message: WatchedMessage) {
        guard open[message.transaction] != nil else { return }
        open[message.transaction]?.arrivals += 1
        open[message.transaction]?.lastArrival = message.instant
    }

    mutating func tick(now: Instant, outages: [Outage]) -> [Finding] {
        var findings: [Finding] = []
        order.removeAll { name in
            guard let transaction = open[name] else { return true }
            findings += RequestsAreAnsweredInTime.overdue(
                transaction, now: now, outages: outages)
            let isOver =
                transaction.final.map { now - max($0.at, transaction.lastArrival) > Self.memory }
                ?? RequestsAreAnsweredInTime.isHopeless(transaction, now: now)
            if isOver { open[name] = nil }
            return isOver
        }
        return findings
    }

    mutating func forget(_ flow: Flow) {
        for (name, transaction) in open where transaction.first.passage.flow == flow {
            open[name]?.isFlowGone = true
        }
    }

    /// The transaction that a response is part of; a request whose CSeq names another method than
    /// its start line is answered by its CSeq.
    private func name(answeredBy message: WatchedMessage) -> TransactionName? {
        var name = message.transaction
        if open[name] != nil { return name }
        for method in MessageGlance.Method.allCases {
            name.method = method
            if open[name] != nil { return name }
        }
        return nil
    }

    private mutating func arrive(_ message: WatchedMessage, _ name: TransactionName) {
        if let final = open[name]?.final, message.instant - final.at > Self.patience {
            // Timers H, J and L are over: what still comes is a request like any other.
            open[name] = AskedTransaction(first: message, lastArrival: message.instant)
            return
        }
        guard open[name] == nil else {
            open[name]?.arrivals += 1
            open[name]?.lastArrival = message.instant
            if open[name]?.first.passage.bytes != message.passage.bytes {
                open[name]?.isDamaged = true
            }
            return
        }
        open[name] = AskedTransaction(first: message, lastArrival: message.instant)
        order.append(name)
    }

    private mutating func judge(
        _ message: WatchedMessage, _ transaction: inout AskedTransaction
    ) -> [Finding] {
        var findings = NoAnswerComesTooLate.findings(message, transaction)
        if transaction.firstAnswer == nil {
            transaction.firstAnswer = message.instant
            findings += RequestsAreAnsweredInTime.late(message, transaction)
        }
        findings += ATransactionHasOneAnswer.findings(message, transaction)
        guard message.glance.status >= 200 else { return findings }
        if transaction.final == nil {
            if message.glance.method == .bye, message.glance.status == 400 {
                spoiltByes.insert(message.sipCallID)
            }
            var hash = TraceHash()
            hash.mix(message.passage.bytes)
            transaction.final = AskedTransaction.Final(
                status: message.glance.status, at: message.instant,
                remote: message.passage.flow.remote, hash: hash.value, count: 1)
        } else {
            transaction.final?.count += 1
            if message.glance.method == .invite, message.glance.status < 300 {
                repeatedAnswers.insert(message.sipCallID)
            }
        }
        return findings
    }
}
