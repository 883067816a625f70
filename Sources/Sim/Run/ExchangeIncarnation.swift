import Media
import PBX
import Platform
import SIPStack

/// One life of the exchange's process: from its start to its end, in order or not.
struct ExchangeIncarnation: Sendable {
    let lifespan: Lifespan
    let lane: SimulatedStorageLane
    /// Of recordings.
    let recordingLane: SimulatedStorageLane
    let media: SimulatedMediaPlane
    let store: Store
    let running: RunningExchange
    /// The host does not keep it.
    private let sink: any NetworkSink

    /// Starts the process: opens its files, listens, takes up what the last one left.
    ///
    /// - Parameters:
    ///   - number: each incarnation draws randomness of its own.
    ///   - keep: holds on to the store for as long as the simulator runs.
    ///   - fill: what the files hold before the very first start.
    ///   - died: called when the process has died in the middle of a write.
    init(
        number: Int, world: SimulatedWorld, host: SimulatedHost, names: SimulatedResolver,
        domain: Domain,
        sabotage: Sabotage, keep: (Store) -> Void, fill: (Store) throws -> Void,
        died: @escaping @Sendable () -> Void
    ) throws {
        let name = number == 1 ? host.name : "\(host.name) \(number)"
        lifespan = Lifespan()
        let seams = sabotage.seams(
            world.seams(for: name, recordedAs: host.name).bound(to: lifespan))
        lane = world.makeStorageLane(for: name, lifespan: lifespan, died: died)
        recordingLane = world.makeStorageLane(
            for: "recordings of \(name)", lifespan: lifespan, died: died)
        store = try Store.open(path: "/exchange/strowger.db", lane: sabotage.lane(lane))
        keep(store)
        try fill(store)
        let mediaConfiguration = MediaConfiguration(networks: [MediaNetwork(bind: host.address)])
        media = SimulatedMediaPlane(
            world: world, host: host, configuration: mediaConfiguration,
            ports: try SharedPorts(mediaConfiguration, rememberedIn: store, domain: domain),
            purpose: "media loop of \(name)")
        let port = SimulatedExchange.address.port
        let folder = SimulatedFolder(path: Self.recordingFolder, lifespan: lifespan)
        // In half of all lives recorded parties hear so.
        let hasTone = world.random(for: "record tone of \(name)").next() % 2 == 0
        running = try RunningExchange(
            world: seams,
            network: sabotage.network(MortalNetwork(network: host, lifespan: lifespan)),
            media: sabotage.media(media),
            names: names.bound(to: lifespan),
            store: store,
            configuration: Self.configuration(
                domain, port,
                RecordingPlan(
                    folder: folder, lane: recordingLane,
                    format: Self.recordingFormat(number, in: world)),
                FaxPlan(
                    machines: sabotage.faxes(SimulatedFaxMachines(world: seams)), folder: folder,
                    lane: recordingLane, format: number % 2 == 0 ? .pdf : .tiff),
                hasTone ? .us : nil),
            shardCount: 2)
        for kind in [TransportKind.udp, .tcp] { host.listen(kind, port: port) }
        sink = sabotage.sink(running.transport)
        host.attach(sink)
        running.networkStarted()
        sabotage.opened(store, domain)
    }

    static let recordingFolder = "/exchange/recordings"

    /// Each life writes something else.
    private static func recordingFormat(
        _ number: Int, in world: SimulatedWorld
    ) -> RecordingFormat {
        let first = world.random(for: "recordings").number(in: 0...1)
        return RecordingFormat(
            container: number % 3 == 0 ? .opus : .wav, isSeparate: (number + first) % 2 == 0)
    }

    private static func configuration(
        _ domain: Domain, _ port: UInt16, _ recordings: RecordingPlan,
        _ fax: FaxPlan, _ recordingTone: ToneCountry?
    ) -> ExchangeConfiguration {
        var configuration = ExchangeConfiguration(
            domain: domain, digest: [0: [.md5], 1: [.sha256, .md5]],
            advertised: { local, _ in local }, listeningPorts: [.udp: port, .tcp: port],
            mediaNetwork: { _ in 0 })
        // People here talk for seconds, and wait no minutes in a slot.
        configuration.fingerprint = CertificateFingerprint(.sha256, SimulatedHandshakes.certificate)
        configuration.parkReturn = .seconds(10)
        configuration.recordings = recordings
        configuration.recordingTone = recordingTone
        configuration.recordingKeys = VirtualPhone.recordingKeys
        configuration.fax = fax
        return configuration
    }

    /// Ends the process here and now: nothing that is under way in it has an effect any more.
    func end() {
        lifespan.end()
        // Its files are dead by now: whoever waits for a transaction is told that it failed.
        store.close()
        lane.abandon()
        recordingLane.abandon()
        media.shut()
    }
}
