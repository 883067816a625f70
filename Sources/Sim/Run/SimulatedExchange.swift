import CSim
import PBX
import Platform
import SIPStack
import Synchronization
import Wire

/// The exchange under test: production code on the seams of a simulated world.
final class SimulatedExchange: Sendable {
    /// Where the phones find it.
    static var address: SocketAddress {
        SocketAddress(address: IPAddress(v4: 0x0A00_0001), port: 5060)
    }

    /// Where a start that failed is tried again.
    private static let restartPause = Duration.seconds(2)

    private struct Lives {
        var present: ExchangeIncarnation?
        var startCount = 0
        /// Those that died, until what they leave behind was looked for.
        var remains: [LifeRemains] = []
        var findings: [String] = []
        /// Kept to the end, those of starts that failed too: GRDB lets go of a database on a thread
        /// of its own.
        var stores: [Store] = []
        var disk = StorageFaults.none
        /// How long it stays down after a death in the middle of a write.
        var pauseAfterDeath = Duration.seconds(1)
    }

    let domain: Domain
    private let world: SimulatedWorld
    /// Where the exchange asks for names.
    let names: SimulatedResolver
    private let host: SimulatedHost
    private let outages: OutageLog
    private let sabotage: Sabotage
    /// Called when the process has died.
    private let crashed: @Sendable () -> Void
    private let lives = Mutex(Lives())

    init(
        world: SimulatedWorld, domain: Domain, setups: [PhoneSetup],
        trunks: [ConfigurationChange], outages: OutageLog,
        sabotage: Sabotage = .none, crashed: @escaping @Sendable () -> Void
    ) throws {
        self.sabotage = sabotage
        self.crashed = crashed
        self.domain = domain
        self.world = world
        names = SimulatedResolver(world: world)
        self.outages = outages
        host = world.network.makeHost("exchange", address: Self.address.address)
        try start { store in
            try Self.fillDirectory(
                of: store, domain: domain, setups: setups, trunks: trunks,
                now: world.time.wallTime)
        }
    }

    var isUp: Bool { lives.withLock { $0.present != nil } }
    /// How often it was started again after a crash.
    var restartCount: Int { lives.withLock { $0.startCount - 1 } }
    /// What did not survive a crash, or survived it and should not have.
    var findings: [String] { lives.withLock { $0.findings } }
    /// The present incarnation's; nil while the exchange is down.
    var exchange: Exchange? { lives.withLock { $0.present?.running.exchange } }
    private var store: Store? { lives.withLock { $0.present?.store } }
    var transport: SIPTransport? { lives.withLock { $0.present?.running.transport } }
    var media: SimulatedMediaPlane? { lives.withLock { $0.present?.media } }

    /// The records of all calls, open ones too.
    func callRecords() throws -> [CallRecord] {
        try store?.run(
            .recentCalls(domain: domain, limit: Int(Int32.max), finishedOnly: false)) ?? []
    }

    /// What came of all faxes.
    func faxRecords() throws -> [FaxRecord] {
        try store?.run(.recentFaxes(domain: domain, limit: Int(Int32.max))) ?? []
    }

    /// Resets every stream that phones have to the exchange.
    func resetStreams() {
        world.network.resetStreams(of: host)
    }

    // MARK: The disk

    /// What the disk does wrong from now on.
    var storageFaults: StorageFaults {
        get { lives.withLock { $0.disk } }
        set {
            let lanes = lives.withLock { lives in
                lives.disk = newValue
                return lives.present.map { [$0.lane, $0.recordingLane] } ?? []
            }
            newValue.apply()
            for lane in lanes { lane.slowness = newValue.slowness }
        }
    }

    // MARK: Crashes

    /// How the process ends.
    enum CrashKind: Sendable {
        /// What it wrote is on the disk; the machine's kernel resets its streams.
        case killed
        /// Only what was synced is on the disk; its peers hear nothing.
        case powerLoss
    }

    /// Ends the process here and now, and starts it again after a while.
    func crash(_ kind: CrashKind, backAfter pause: Duration) {
        guard let present = lives.withLock({ $0.present.take() }) else { return }
        let remains = LifeRemains(of: present, isThorough: restartCount % 4 == 0)
        host.stopListening(resettingStreams: kind == .killed)
        csim_crash_disk(kind == .powerLoss, world.random(for: "crash \(restartCount)").next())
        present.end()
        lives.withLock { $0.remains.append(remains) }
        crashed()
        let began = world.time.now
        world.perform(after: pause) { [self] in restart(downSince: began) }
    }

    /// Lets the process die in the middle of its `count`-th write from now.
    func crash(atWrite count: Int, backAfter pause: Duration) {
        guard isUp else { return }
        lives.withLock { $0.pauseAfterDeath = pause }
        csim_die_at_write(Int64(count), world.random(for: "torn write \(restartCount)").next())
    }

    private func restart(downSince began: Instant) {
        lives.withLock { lives in
            lives.findings += lives.remains.flatMap(\.findings)
            lives.remains = []
        }
        do {
            try start { _ in }
            outages.note(Outage(kind: .exchangeDown, began: began, ended: world.time.now))
        } catch {
            world.trace.add(
                RecordedEvent(.warning, "exchange.notStarted", [("why", "\(error)")]),
                from: host.name, at: world.time.now)
            // As whoever supervises the process does.
            world.perform(after: Self.restartPause) { [self] in restart(downSince: began) }
        }
    }

    private func start(fill: (Store) throws -> Void) throws {
        let number = lives.withLock { $0.startCount } + 1
        let storeCount = lives.withLock { $0.stores.count }
        do {
            let incarnation = try ExchangeIncarnation(
                number: number, world: world, host: host, names: names, domain: domain,
                sabotage: sabotage,
                keep: { store in lives.withLock { $0.stores.append(store) } }, fill: fill,
                died: { [weak self] in self?.diedInWrite() })
            incarnation.lane.slowness = storageFaults.slowness
            incarnation.recordingLane.slowness = storageFaults.slowness
            lives.withLock { lives in
                lives.present = incarnation
                lives.startCount = number
            }
        } catch {
            // The process ends, and lets go of its files.
            for store in lives.withLock({ $0.stores.dropFirst(storeCount) }) { store.close() }
            throw error
        }
    }

    private func diedInWrite() {
        crash(.killed, backAfter: lives.withLock { $0.pauseAfterDeath })
    }

    /// The latest records of calls that have ended; nil where the store can't be read now.
    func closedRecords(limit: Int) -> [CallRecord]? {
        try? store?.run(.recentCalls(domain: domain, limit: limit))
    }

    /// The bindings that the store holds; nil where it can't be read now.
    func storedBindings() -> [BindingRecord]? {
        try? store?.run(.listBindings(domain: domain))
    }

    /// The legs of all calls.
    func legRecords() throws -> [CallLegRecord] {
        try store?.run(.recentLegs(domain: domain, limit: Int(Int32.max))) ?? []
    }

    /// The last that is done in a run: the trunks sign out, and nothing of them is left.
    func removeTrunks(of providers: [ProviderPlan]) throws {
        guard !providers.isEmpty, let store, let exchange else { return }
        let changes =
            [ConfigurationChange.removeRule(OutboundRuleID(number: 1))]
            + providers.indices.map { .removeTrunk(TrunkID(number: Int64($0) + 1)) }
        let revision = try store.run(
            .apply(
                changes, domain: domain,
                note: RevisionNote(
                    author: "simulation", at: world.time.wallTime, comment: "no trunks")))
        exchange.configurationChanged(revision)
    }

    /// Of every eighth phone all calls are recorded.
    static func recording(of device: DeviceID) -> RecordingPolicy {
        device.number % 8 == 4 ? .always : .never
    }

    /// The device that a phone is to the exchange, by the phone's index.
    static func deviceID(of index: Int) -> DeviceID { DeviceID(number: Int64(index) + 1) }

    private static func fillDirectory(
        of store: Store, domain: Domain, setups: [PhoneSetup],
        trunks: [ConfigurationChange], now: WallTime
    ) throws {
        var changes = trunks
        var row: Int64 = 0
        for (index, setup) in setups.enumerated() {
            guard let number = ExtensionNumber(setup.number) else { continue }
            if index == 0 || setups[index - 1].number != setup.number {
                row += 1
                changes += [
                    .setPerson(
                        PersonRecord(
                            personID: PersonID(number: row), domain: domain,
                            name: "Person \(setup.number)")),
                    .setExtension(
                        ExtensionRecord(
                            extensionID: ExtensionID(number: row), domain: domain, number: number,
                            personID: PersonID(number: row))),
                ]
            }
            let name = setup.authName
            let secret = Array("\(name):\(domain.name):\(setup.password)".utf8)
            changes += [
                .setDevice(
                    DeviceRecord(
                        deviceID: deviceID(of: index), domain: domain,
                        extensionID: ExtensionID(number: row), name: "phone \(name)",
                        secret: DeviceSecret(
                            authName: name, realm: domain.name,
                            md5: hex(MessageDigest.md5(secret)),
                            sha256: hex(MessageDigest.sha256(secret))),
                        policy: DevicePolicy(
                            encryption: setup.encryption.policy,
                            recording: recording(of: deviceID(of: index)),
                            // Fax machines that call some go to the fax number, or are told of.
                            faxDetection: index % 8 == 5
                                ? .send(to: "*85") : index % 8 == 6 ? .tell : .off)))
            ]
        }
        _ = try store.run(
            .apply(
                changes, domain: domain,
                note: RevisionNote(author: "simulation", at: now, comment: "all extensions")))
    }
}
