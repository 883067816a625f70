import Media
import PBX
import Platform
import SIPStack
import Wire

/// The exchange under test: production code on the seams of a simulated world.
final class SimulatedExchange: Sendable {
    /// Where the phones find it.
    static var address: SocketAddress {
        SocketAddress(address: IPAddress(v4: 0x0A00_0001), port: 5060)
    }

    let domain: Domain
    let media: SimulatedMediaPlane
    let store: Store
    private let running: RunningExchange
    private let host: SimulatedHost
    /// The host does not keep it.
    private let sink: any NetworkSink

    var exchange: Exchange { running.exchange }

    init(
        world: SimulatedWorld, domain: Domain, setups: [PhoneSetup], sabotage: Sabotage = .none
    ) throws {
        self.domain = domain
        let seams = sabotage.seams(world.seams(for: "exchange"))
        host = world.network.makeHost("exchange", address: Self.address.address)
        let kinds = [TransportKind.udp, .tcp]
        for kind in kinds { host.listen(kind, port: Self.address.port) }
        media = SimulatedMediaPlane(
            world: world, host: host,
            configuration: MediaConfiguration(networks: [MediaNetwork(bind: host.address)]))
        store = try Store.open(
            path: "/exchange/strowger.db",
            lane: sabotage.lane(world.makeStorageLane(for: "exchange")))
        try Self.fillDirectory(
            of: store, domain: domain, setups: setups, now: seams.time.wallTime)
        running = try RunningExchange(
            world: seams, network: sabotage.network(host), media: sabotage.media(media),
            store: store,
            configuration: ExchangeConfiguration(
                domain: domain, digest: [0: [.md5], 1: [.sha256, .md5]],
                advertised: { local, _ in local },
                listeningPorts: [.udp: Self.address.port, .tcp: Self.address.port],
                mediaNetwork: { _ in 0 }),
            shardCount: 2)
        sink = sabotage.sink(running.transport)
        host.attach(sink)
        sabotage.opened(store, domain)
    }

    /// The records of all calls, open ones too.
    func callRecords() throws -> [CallRecord] {
        try store.run(.recentCalls(domain: domain, limit: Int(Int32.max), finishedOnly: false))
    }

    /// The latest records of calls that have ended; nil where the store can't be read now.
    func closedRecords(limit: Int) -> [CallRecord]? {
        try? store.run(.recentCalls(domain: domain, limit: limit))
    }

    /// The legs of all calls.
    func legRecords() throws -> [CallLegRecord] {
        try store.run(.recentLegs(domain: domain, limit: Int(Int32.max)))
    }

    private static func fillDirectory(
        of store: Store, domain: Domain, setups: [PhoneSetup], now: WallTime
    ) throws {
        var changes: [ConfigurationChange] = []
        for (index, setup) in setups.enumerated() {
            guard let number = ExtensionNumber(setup.number) else { continue }
            let row = Int64(index) + 1
            let name = setup.number
            let secret = Array("\(name):\(domain.name):\(setup.password)".utf8)
            changes += [
                .setPerson(
                    PersonRecord(
                        personID: PersonID(number: row), domain: domain, name: "Person \(name)")),
                .setExtension(
                    ExtensionRecord(
                        extensionID: ExtensionID(number: row), domain: domain, number: number,
                        personID: PersonID(number: row))),
                .setDevice(
                    DeviceRecord(
                        deviceID: DeviceID(number: row), domain: domain,
                        extensionID: ExtensionID(number: row), name: "phone",
                        secret: DeviceSecret(
                            authName: name, realm: domain.name,
                            md5: hex(MessageDigest.md5(secret)),
                            sha256: hex(MessageDigest.sha256(secret))))),
            ]
        }
        _ = try store.run(
            .apply(
                changes, domain: domain,
                note: RevisionNote(author: "simulation", at: now, comment: "all extensions")))
    }
}
