import PBX
import Platform
import SIPStack
import Synchronization

/// Looks on while the run goes on: at every message that passes the exchange's door, at what is
/// recorded, and at the exchange itself every few virtual seconds.
///
/// What it finds is kept with the step and the instant; the messages of late are kept for ladders.
final class Watch: PassageObserver {
    /// Findings of one claim that are kept; the first ones tell most.
    private static let findingLimit = 8

    private struct Log {
        var exchange = ExchangeWatch()
        var formerSpoiltByes: Set<String> = []
        var ended = NoMessageReachesAnEndedCall()
        var standing: [any StandingInvariant] = []
        var bindings = ABindingIsStoredBeforeItsAnswer()
        /// Reads the store's bindings; nil where it can't be read.
        var storedBindings: (@Sendable () -> [BindingRecord]?)?
        var committed = WhatIsCommittedStays()
        var framers: [UInt64: StreamFramer] = [:]
        var recent = RecentMessages()
        var breaches: [Breach] = []
        var counts: [String: Int] = [:]
    }

    /// The host whose door is watched.
    let exchangeName: String
    let world: SimulatedWorld
    /// Messages may be damaged on their way.
    private let damages: Bool
    private let outages: OutageLog
    private let log = Mutex(Log())

    init(world: SimulatedWorld, exchangeName: String, outages: OutageLog, damages: Bool) {
        self.world = world
        self.damages = damages
        self.exchangeName = exchangeName
        self.outages = outages
        world.network.observer.withLock { $0 = self }
        let observer = EventObserver { [weak self] in self?.observe($0, from: $1) }
        world.trace.observer.withLock { $0 = observer }
    }

    /// What was found so far.
    var breaches: [Breach] { log.withLock { $0.breaches } }
    /// Calls whose BYE was damaged on its way, and refused.
    var spoiltByes: Set<String> {
        log.withLock { $0.formerSpoiltByes.union($0.exchange.spoiltByes) }
    }
    /// Calls of the exchange's last life whose INVITE was answered more than once: the ACK was late.
    var repeatedAnswers: Set<String> { log.withLock { $0.exchange.repeatedAnswers } }
    /// The messages of late, for a ladder.
    var recentMessages: RecentMessages { log.withLock { $0.recent } }

    func observe(_ passage: MessagePassage) {
        log.withLock { log in
            let isAtExchange = passage.host == exchangeName
            guard passage.kind == .arrived, passage.flow.transport != .udp else {
                return see(passage, isAtExchange: isAtExchange, &log)
            }
            // A stream's bytes come in pieces: only whole messages are looked at.
            guard isAtExchange else { return }
            var framer =
                log.framers.removeValue(forKey: passage.flow.connection)
                ?? StreamFramer()
            framer.append(passage.bytes)
            while let framed = framer.next() {
                guard case .message(let message) = framed else { continue }
                var whole = passage
                whole.bytes = message
                see(whole, isAtExchange: true, &log)
            }
            log.framers[passage.flow.connection] = framer
        }
    }

    func observe(_ event: NetworkEvent, at host: String) {
        guard host == exchangeName else { return }
        log.withLock { log in
            switch event {
            case .closed(let flow):
                log.framers[flow.connection] = nil
                log.exchange.forget(flow)
            case .sendFailed(let flow, _): log.exchange.sendFailed(on: flow)
            case .received, .opened, .refused: break
            }
        }
    }

    /// What cannot be judged any more is forgotten: the exchange died.
    func exchangeDied() {
        log.withLock { log in
            log.formerSpoiltByes.formUnion(log.exchange.spoiltByes)
            log.exchange = ExchangeWatch()
            log.framers = [:]
        }
    }

    /// Time has passed: what should have happened by now?
    func tick() {
        let now = world.time.now
        log.withLock { log in
            let findings = log.exchange.tick(now: now, outages: outages.outages)
            add(findings, &log)
        }
    }

    /// - Parameters:
    ///   - phones: the phones of the world, with their numbers.
    ///   - providers: the names of trunks, with the machines at their other ends.
    ///   - storedBindings: reads the store.
    func expect(
        phones: [(phone: UInt32, number: String)],
        providers: [(name: String, lines: [UInt32])],
        storedBindings: @escaping @Sendable () -> [BindingRecord]?
    ) {
        log.withLock { log in
            log.storedBindings = storedBindings
            // Each reading is as long as there are phones.
            log.bindings.stride = 1 + phones.count / 10
            log.standing = [
                NoCallWithoutALivingOwner(), QueuesStayBounded(), EveryCallMovesOn(),
                ReachableExtensionsComeBack(phones: phones), TheEventsTellWhatIs(),
                OnlyStrangersAreBanned(), TrunksComeBack(providers: providers),
            ]
        }
    }

    /// Looks at the exchange itself.
    func look(at glimpse: ExchangeGlimpse) {
        log.withLock { log in
            for index in log.standing.indices {
                let findings = log.standing[index].findings(
                    in: glimpse, outages: outages.outages)
                add(findings, &log)
            }
        }
    }

    /// - Parameter records: the latest of the store that are closed, newest first.
    func compare(_ records: [CallRecord]) {
        log.withLock { log in
            let findings = log.committed.findings(in: records)
            add(findings, &log)
        }
    }

    func add(_ finding: Finding) {
        log.withLock { add([finding], &$0) }
    }

    private func observe(_ event: RecordedEvent, from source: String) {
        guard source == exchangeName else { return }
        log.withLock { log in
            if let finding = log.ended.see(event) { add([finding], &log) }
        }
        guard event.level >= .error else { return }
        guard
            let finding = TheExchangeReportsNoFault.finding(
                event, now: world.time.now, outages: outages.outages)
        else { return }
        add(finding)
    }

    private func see(_ passage: MessagePassage, isAtExchange: Bool, _ log: inout Log) {
        log.recent.add(passage)
        guard isAtExchange, let glance = MessageGlance(passage.bytes) else { return }
        let message = WatchedMessage(passage: passage, glance: glance)
        if damages || Translators.isOutside(passage.flow.remote.address), !message.isOut,
            !glance.isRequest, !WellFormed.isResponse(passage.bytes)
        {
            return  // A box or the way broke it: the exchange cannot have read it.
        }
        guard !Attack.isHostile(passage.flow.remote.address) else {
            return log.exchange.seeHostile(message)
        }
        add(log.exchange.see(message), &log)
        compareWithStore(message, &log)
    }

    /// Once this instant's jobs are done: in the middle of one the store may be at work.
    private func compareWithStore(_ message: WatchedMessage, _ log: inout Log) {
        guard let contacts = log.bindings.contacts(in: message), let read = log.storedBindings
        else { return }
        world.perform(after: .zero) { [self] in
            guard let rows = read(),
                let finding = ABindingIsStoredBeforeItsAnswer.finding(
                    contacts, rows, of: message)
            else { return }
            add(finding)
        }
    }

    private func add(_ findings: [Finding], _ log: inout Log) {
        for finding in findings {
            log.counts[finding.claim, default: 0] += 1
            guard log.counts[finding.claim, default: 0] <= Self.findingLimit else { continue }
            log.breaches.append(
                Breach(
                    claim: finding.claim, finding: finding.text, step: world.scheduler.jobsRun,
                    instant: world.time.now, seed: world.seed, sipCallIDs: finding.sipCallIDs))
        }
    }
}

/// A message at the exchange's door, with what names it.
struct WatchedMessage: Sendable {
    var passage: MessagePassage
    var glance: MessageGlance

    var isOut: Bool { passage.kind == .left }
    var instant: Instant { passage.instant }

    /// As it stands in the message.
    var sipCallID: String {
        String(decoding: passage.bytes[glance.sipCallIDRange], as: UTF8.self)
    }

    var transaction: TransactionName {
        TransactionName(
            branch: glance.branch, sipCallID: glance.sipCallID, method: glance.method)
    }
}

/// Names a transaction on the wire: what its messages have in common.
struct TransactionName: Hashable, Sendable {
    var branch: UInt64
    var sipCallID: UInt64
    var method: MessageGlance.Method
}

/// Something that a watching invariant saw broken.
struct Finding: Sendable {
    var claim: String
    var text: String
    var sipCallIDs: [String] = []

    init(_ claim: String, _ text: String, of message: WatchedMessage) {
        self.claim = claim
        self.text = text
        sipCallIDs = [message.sipCallID]
    }

    init(_ claim: String, _ text: String, sipCallIDs: [String] = []) {
        self.claim = claim
        self.text = text
        self.sipCallIDs = sipCallIDs
    }
}
