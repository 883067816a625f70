import Platform
import PlatformLinux
import SIPStack
import Synchronization

/// The way of all phones to the target: one socket and one transport layer for them all, or a
/// connection and a transport layer each.
final class LoadNetwork: Sendable {
    /// Transactions that may be open at a time, in each shard: those of completed calls stay for
    /// 32 s, so this is 15,000 calls a second.
    private static let transactionLimit = 1_000_000
    /// What the Contact names where only the phone's own connection leads to it (RFC 863: nobody
    /// else listens there).
    private static let noPort: UInt16 = 9

    private let world: World
    private let network: LinuxSignalling
    private let local: IPAddress
    private let streams: PhoneStreams?
    private let switchboard = Switchboard()
    private let shared: SIPTransport
    private let own = Mutex<[SIPTransport]>([])
    private let contactPort = Atomic<UInt16>(LoadNetwork.noPort)

    /// - Parameter hasConnectionEach: streams only: each phone has one of its own.
    init(
        transport: TransportKind, local: IPAddress, hasConnectionEach: Bool,
        verification: TLSVerification, shardCount: Int, world: World
    ) {
        self.world = world
        self.local = local
        // A server may want to call back on another stream; without a certificate only by TCP.
        let listens = transport == .udp || (transport == .tcp && !hasConnectionEach)
        let address = SocketAddress(address: local, port: 0)
        network = LinuxSignalling(
            configuration: SignallingConfiguration(
                listeners: listens ? [SignallingListener(transport, address)] : [],
                verification: verification),
            time: world.time, executor: world.executor as? OwnersExecutor)
        streams = hasConnectionEach ? PhoneStreams(network: network) : nil
        shared = SIPTransport(
            world: world, network: network, shardCount: shardCount,
            configuration: Self.configuration, defaultSink: switchboard)
        switchboard.connect(shared)
    }

    private static var configuration: SIPTransportConfiguration {
        var configuration = SIPTransportConfiguration()
        configuration.limits.clientTransactions = transactionLimit
        configuration.limits.serverTransactions = transactionLimit
        configuration.limits.dialogs = transactionLimit
        return configuration
    }

    /// Opens the socket.
    func start() async throws(SignallingError) {
        try await network.start(sink: streams ?? shared)
        if let port = network.addresses.first?.port {
            contactPort.store(port, ordering: .relaxed)
        }
    }

    func shutdown() async {
        for transport in own.withLock({ $0 }) { transport.close() }
        switchboard.close()
        await network.shutdown()
    }

    var contactAddress: SocketAddress {
        SocketAddress(address: local, port: contactPort.load(ordering: .relaxed))
    }

    /// The transport layer that this phone speaks through.
    func transport(for number: String, sink: any SIPSink) -> SIPTransport {
        guard let streams else {
            switchboard.add(number, sink)
            return shared
        }
        let way = streams.way()
        let transport = SIPTransport(
            world: world, network: way, shardCount: 1, configuration: Self.configuration,
            defaultSink: sink)
        way.deliver(to: transport)
        own.withLock { $0.append(transport) }
        return transport
    }
}
