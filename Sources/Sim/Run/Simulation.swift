import PBX
import Platform
import SIPStack
import Synchronization

/// One simulated run: an exchange, its phones, and the judgement over what happened.
public final class Simulation: Sendable {
    /// How long closing down may take: the longest call set-up and all retransmissions.
    private static let closingTime = Duration.seconds(150)
    /// After that nothing may be under way: longer than every timer of a transaction, and than the
    /// rest of a media port.
    private static let restTime = Duration.seconds(45)
    /// Where things went wrong, phones went without signing off: until their bindings expire.
    private static let expiryTime = Duration.seconds(3660)
    /// From the end of the day to the judgement.
    static let aftermath = closingTime + expiryTime

    /// How often the progress is told, in virtual time.
    private static let progressInterval = Duration.seconds(10)

    let plan: SimulationPlan
    let world: SimulatedWorld
    let exchange: SimulatedExchange
    let phones: [VirtualPhone]
    /// The phones' machines, in the phones' order.
    let hosts: [SimulatedHost]
    private let diary = PhoneDiary()
    /// Whoever makes something fail notes it here.
    let outages = OutageLog()
    let watch: Watch
    /// Incidents that have happened so far.
    let incidentCount = Mutex(0)
    /// What phones are, and what lamps show.
    let board = LampBoard()
    let follower = Mutex(EventFollower())
    let muter: Mutex<Muter>
    /// Phones that have moved so far.
    let movedCount = Mutex(0)

    /// Called once per process, from a synchronous `main`.
    public init(
        plan: SimulationPlan, traceOutput: (@Sendable (String) -> Void)?,
        sabotage: (SimulatedWorld) -> Sabotage = { _ in .none }
    ) throws {
        self.plan = plan
        world = SimulatedWorld(
            seed: plan.seed, faults: plan.faults, plan: plan.network, traceOutput: traceOutput)
        guard let domain = Domain("exchange.example"),
            SimulatedProcess.enterWorld(seed: plan.seed)
        else { throw SimulationError.noWorld }
        if let fault = plan.office.fault { throw SimulationError.badOffice(fault) }
        let seats = OfficeSeats(
            phoneCount: plan.phoneCount, plan: plan.office, random: world.random(for: "office"))
        var setups = seats.setups(domain: domain.name, registrar: SimulatedExchange.address)
        let encryption = PhoneEncryption.drawn(
            for: setups.count, from: world.random(for: "encryption"))
        let certificates = world.random(for: "certificates")
        for index in setups.indices {
            setups[index].encryption = encryption[index]
            setups[index].certificate = certificates.bytes(SimulatedHandshake.certificateLength)
        }
        muter = Mutex(Muter(random: world.random(for: "mutes")))
        watch = Watch(
            world: world, exchangeName: "exchange", outages: outages,
            damages: plan.faults.corrupted > 0)
        exchange = try SimulatedExchange(
            world: world, domain: domain, setups: setups,
            trunks: Self.trunks(of: plan.providers, domain: domain), outages: outages,
            sabotage: sabotage(world), crashed: { [watch] in watch.exchangeDied() })
        Self.publish(plan.providers, in: exchange.names)
        let people =
            Self.makeOffice(of: plan, in: world, seats, setups, diary: diary, board: board)
            + Self.makeLines(
                of: plan, in: world, numbered: UInt32(setups.count), domain: domain.name,
                numbers: seats.numbers, diary: diary)
        phones = people.map(\.phone)
        hosts = people.map(\.host)
        watchTranslators()
        watch.expect(
            phones: phones.prefix(setups.count).map { ($0.phone, $0.setup.number) },
            providers: Self.providerLines(of: plan)
        ) { [exchange] in
            exchange.storedBindings()
        }
    }

    /// Lets people telephone, closes down, and judges.
    ///
    /// - Parameter tell: gets the progress every few seconds of virtual time.
    public func run(telling tell: (SimulationProgress) -> Void) throws -> SimulationReport {
        begin()
        pass(plan.duration, isOpen: true, telling: tell)
        for phone in phones { phone.post(.closeDown) }
        pass(Self.closingTime, isOpen: false) { _ in }
        for host in hosts { host.keepAlive?.end() }
        try exchange.removeTrunks(of: plan.providers)
        pass(plan.incidents.isEmpty ? Self.restTime : Self.expiryTime, isOpen: false) { _ in }
        let evidence = try gatherEvidence()
        let breaches = watch.illustrated(watch.breaches + judge(evidence), seed: plan.seed)
        let counters = world.counters
        SimulatedProcess.leaveWorld()
        return SimulationReport(
            breaches: breaches, counters: counters, network: world.network.counters,
            callCount: evidence.sightings.count { $0.isCaller },
            talkedCount: evidence.sightings.count { $0.isCaller && $0.outcome == .talked },
            recordCount: evidence.records.count, registrationCount: diary.registrationCount,
            registrationFailureCount: diary.registrationFailureCount,
            heardCount: evidence.sightings.reduce(0) { $0 + $1.heard.values.reduce(0, +) },
            virtualTime: world.time.now - .start, hash: world.trace.hash)
    }

    /// Lets that much time pass, and looks every few seconds at how things are.
    private func pass(
        _ duration: Duration, isOpen: Bool, telling tell: (SimulationProgress) -> Void
    ) {
        var rest = duration
        while rest > .zero {
            world.run(for: min(rest, Self.progressInterval))
            rest -= min(rest, Self.progressInterval)
            look(isOpen: isOpen)
            tell(progress)
        }
    }

    /// Runs that many of the scheduler's steps, and shows every actor's state then.
    public func states(afterStep step: Int) -> [String] {
        begin()
        world.run(for: plan.duration, untilStep: step)
        return StateDump(roots: roots).lines
    }

    private func begin() {
        scheduleIncidents()
        for phone in phones { phone.post(.begin) }
    }

    private var progress: SimulationProgress {
        SimulationProgress(
            virtualTime: world.time.now - .start, callCount: diary.placedCount,
            incidentCount: incidentCount.withLock { $0 }, lostCount: world.network.counters.lost)
    }

    private var roots: [(name: String, owner: AnyObject)] {
        (exchange.exchange.map { [("exchange", $0)] } ?? [])
            + phones.map { ("phone \($0.setup.authName)", $0) }
    }

    private static func recordings() -> [String: [UInt8]] {
        let folder = SimulatedFolder(path: ExchangeIncarnation.recordingFolder)
        var files: [String: [UInt8]] = [:]
        for name in (try? folder.names()) ?? [] {
            let size = (try? folder.size(of: name)) ?? 0
            files[name] = (try? folder.read(name, from: 0, count: size)) ?? []
        }
        return files
    }

    private static func isFax(_ name: String) -> Bool {
        name.contains(".tif") || name.contains(".pdf")
    }

    private func gatherEvidence() throws -> Evidence {
        let waitingCount = world.scheduler.waitingCount
        let listenerCount = 1 + phones.count
        var numbers: [UInt32: String] = [:]
        var restless: [String] = []
        for phone in phones {
            numbers[phone.phone] = phone.setup.number
            if answer({ await phone.isAtRest }) != true { restless.append(phone.setup.authName) }
        }
        let mailbox = exchange.exchange?.mailbox
        let calls = reply { mailbox?.post(.listCalls(reply: $0)) }
        let bindings = reply { mailbox?.post(.listBindings(reply: $0)) }
        let census = reply { mailbox?.post(.takeCensus(reply: $0)) }
        if let exchange = exchange.exchange { follow(exchange) }
        let phoneCensus = phones.reduce(TransportCensus()) { sum, phone in
            let transport = answer { await phone.transport }
            return sum + (reply { transport?.takeCensus($0) } ?? TransportCensus())
        }
        let files = Self.recordings()
        return Evidence(
            lines: Self.providers(of: plan),
            sightings: diary.sightings, complaints: diary.complaints,
            spoiltByes: watch.spoiltByes, repeatedAnswers: watch.repeatedAnswers,
            mayBeMisread: plan.faults.corrupted > 0, sound: plan.sound,
            begunCount: diary.begunCount, restlessPhones: restless, numbers: numbers,
            records: try exchange.callRecords(), liveCallCount: calls?.count ?? -1,
            bindingCount: bindings?.count ?? -1,
            openMediaLegCount: exchange.media?.legCount ?? -1, waitingCount: waitingCount,
            mediaPortCount: world.network.boundAddressCount - listenerCount,
            outages: outages.outages, legs: try exchange.legRecords(), census: census,
            picture: follower.withLock { $0.picture }, phoneCensus: phoneCensus,
            mutings: muter.withLock { $0.mutings },
            recordings: files.filter { !Self.isFax($0.key) },
            faxFiles: files.filter { Self.isFax($0.key) }, faxes: try exchange.faxRecords(),
            remains: exchange.findings)
    }

    /// Asks an actor, and lets the world run at this instant until it has answered.
    private func answer<Value: Sendable>(
        _ question: @escaping @Sendable () async -> Value
    ) -> Value? {
        reply { done in Task { done(await question()) } }
    }

    func reply<Value: Sendable>(
        _ ask: (@escaping @Sendable (Value) -> Void) -> Void
    ) -> Value? {
        let box = AnswerBox<Value>()
        ask { box.value.withLock { [answer = $0] value in value = answer } }
        world.run(for: .zero)
        return box.value.withLock { $0 }
    }

}

/// Why a simulation could not begin.
public enum SimulationError: Error, Sendable {
    /// The process has no simulated file layer for SQLite.
    case noWorld
    /// The plan's office can't be.
    case badOffice(String)
}

private final class AnswerBox<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
}
