import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import Platform
import Synchronization

/// TCP and TLS: listeners, accepted and outgoing connections, on SwiftNIO.
final class StreamNetwork: Sendable {
    private struct Table {
        var outlets: [UInt64: StreamOutlet] = [:]
        var census: ConnectionCensus
        var listeners: [any Channel] = []
        var isClosing = false
    }

    /// Connections that wait to be accepted: after a power cut all phones come at once.
    private static var backlog: Int32 { 1024 }
    /// A silent connection is asked after a minute, and given up after another.
    private static var keepAlive: (idle: Int, interval: Int, count: Int) { (60, 15, 4) }
    /// A connection whose bytes nobody acknowledges is given up: the phone's address has changed.
    private static var acknowledgementTimeout: Int { 30_000 }

    let sink: any NetworkSink
    let limits: SignallingLimits
    let time: any TimeSource
    let count: SignallingCount
    private let configuration: SignallingConfiguration
    private let connectingTLS: NIOSSLContext
    /// For connections to somebody by name.
    private let certifiedTLS: NIOSSLContext
    private let group: MultiThreadedEventLoopGroup
    private let lastConnection = Atomic<UInt64>(0)
    private let table: Mutex<Table>

    init(
        configuration: SignallingConfiguration, sink: any NetworkSink, time: any TimeSource,
        count: SignallingCount
    ) throws(SignallingError) {
        self.configuration = configuration
        self.sink = sink
        self.time = time
        self.count = count
        limits = configuration.limits
        connectingTLS = try configuration.verification.makeContext()
        certifiedTLS = try configuration.certifiedVerification.makeContext()
        group = MultiThreadedEventLoopGroup(
            numberOfThreads: max(1, configuration.streamThreadCount))
        table = Mutex(
            Table(
                census: ConnectionCensus(
                    limit: min(limits.connections, Self.fileLimit() / 2),
                    limitPerSource: limits.connectionsPerSource)))
    }

    // MARK: Listening

    /// Opens a listener; the answer is where it is bound.
    func listen(
        _ listener: SignallingListener, index: UInt16
    ) async throws(SignallingError) -> Platform.SocketAddress {
        let store = configuration.certificates
        if listener.transport == .tls && store == nil {
            throw .certificateMissing(listener.address)
        }
        do {
            let channel = try await listening(listener, index: index, store: store)
                .bind(to: listener.address.forNIO).get()
            table.withLock { $0.listeners.append(channel) }
            return Platform.SocketAddress(channel.localAddress) ?? listener.address
        } catch let error as IOError {
            throw SignallingError(bindCode: error.errnoCode, listener.address, listener.transport)
        } catch {
            throw .system(listener.address, listener.transport, code: EINVAL)
        }
    }

    private func listening(
        _ listener: SignallingListener, index: UInt16, store: CertificateStore?
    ) -> ServerBootstrap {
        let transport = listener.transport
        var bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try Self.keepFromChildren(channel) }
            }
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try Self.keepFromChildren(channel)
                    let place = try admit(channel)
                    if transport == .tls, let store {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLServerHandler(context: store.acceptingTLS))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        StreamConnection(
                            transport: transport, listener: index, place: place, network: self))
                }
            }
        if !listener.address.address.isIPv4 {
            bootstrap = bootstrap.serverChannelOption(
                ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
        }
        return Self.connectionOptions.reduce(bootstrap) {
            $0.childChannelOption($1.option, value: $1.value)
        }
    }

    /// Counts an accepted connection, or refuses it.
    private func admit(_ channel: any Channel) throws -> ConnectionPlace {
        guard let remote = Platform.SocketAddress(channel.remoteAddress) else {
            throw RefusedConnection()
        }
        // Before any handshake: that is what a stream costs.
        guard sink.admits(remote.address, at: time.now) else {
            count.connectionsRefused.increment()
            throw RefusedConnection()
        }
        let refusal = table.withLock { table in
            table.isClosing ? .full : table.census.admit(remote.address)
        }
        guard refusal == nil else {
            count.connectionsRefused.increment()
            throw RefusedConnection()
        }
        count.connectionsAccepted.increment()
        return ConnectionPlace { [self] in
            table.withLock { $0.census.leave(remote.address) }
        }
    }

    // MARK: Connecting

    /// Opens a connection; `opened` or `refused` follows.
    func connect(
        _ attempt: ConnectionAttempt, transport: TransportKind, to remote: Platform.SocketAddress,
        certifiedFor name: String?
    ) {
        guard transport == .tcp || transport == .tls else {
            return refuse(attempt, "no connections by \(transport.rawValue) yet")
        }
        guard !table.withLock({ $0.isClosing }) else {
            return refuse(attempt, "the exchange is closing down")
        }
        let bootstrap = Self.connectionOptions.reduce(
            ClientBootstrap(group: group)
                .connectTimeout(TimeAmount(limits.connectTimeout))
                .channelInitializer { [self] channel in
                    channel.eventLoop.makeCompletedFuture {
                        try Self.keepFromChildren(channel)
                        if transport == .tls {
                            try channel.pipeline.syncOperations.addHandler(
                                NIOSSLClientHandler(
                                    context: name == nil ? connectingTLS : certifiedTLS,
                                    serverHostname: name.flatMap(Self.indicated)))
                        }
                        try channel.pipeline.syncOperations.addHandler(
                            StreamConnection(
                                transport: transport, attempt: attempt, certifiedFor: name,
                                network: self))
                    }
                }
        ) { $0.channelOption($1.option, value: $1.value) }
        do {
            bootstrap.connect(to: try remote.forNIO).whenFailure { [self] error in
                refuse(attempt, streamErrorText(error))
            }
        } catch {
            refuse(attempt, streamErrorText(error))
        }
    }

    /// Server Name Indication (RFC 6066 §3) is for host names alone.
    private static func indicated(_ name: String) -> String? {
        IPAddress(name) == nil ? name : nil
    }

    private func refuse(_ attempt: ConnectionAttempt, _ reason: String) {
        group.next().execute { [sink] in sink.receive(.refused(attempt, reason: reason)) }
    }

    // MARK: Connections

    /// Enters a connection that is up; nil where it has gone already.
    func enter(
        _ channel: any Channel, transport: TransportKind, listener: UInt16?
    ) -> Flow? {
        guard let local = Platform.SocketAddress(channel.localAddress),
            let remote = Platform.SocketAddress(channel.remoteAddress)
        else { return nil }
        let number = lastConnection.add(1, ordering: .relaxed).newValue
        let flow = Flow(
            transport: transport,
            listener: listener ?? self.listener(of: transport, for: local.address), local: local,
            remote: remote, connection: number)
        let outlet = StreamOutlet(
            flow: flow, channel: channel, sink: sink, limits: limits, count: count)
        let isTaken = table.withLock { table -> Bool in
            guard !table.isClosing else { return false }
            table.outlets[number] = outlet
            return true
        }
        return isTaken ? flow : nil
    }

    func leave(_ flow: Flow) {
        table.withLock { $0.outlets[flow.connection] = nil }
    }

    func send(_ bytes: [UInt8], on flow: Flow) {
        if let outlet = outlet(flow) { return outlet.send(bytes) }
        // Not from within this call: the caller may hold what the sink needs.
        group.next().execute { [sink] in
            sink.receive(.sendFailed(flow, reason: "the connection is gone"))
        }
    }

    func close(_ flow: Flow) {
        outlet(flow)?.close()
    }

    private func outlet(_ flow: Flow) -> StreamOutlet? {
        table.withLock { $0.outlets[flow.connection] }
    }

    /// The listener that an outgoing connection counts to.
    private func listener(of transport: TransportKind, for local: IPAddress) -> UInt16 {
        let candidates = configuration.listeners.enumerated().filter {
            $0.element.transport == transport
                && $0.element.address.address.isIPv4 == local.isIPv4
        }
        let best =
            candidates.first { $0.element.address.address == local }
            ?? candidates.first { $0.element.address.address.isUnspecified } ?? candidates.first
        return best.map { UInt16(truncatingIfNeeded: $0.offset) } ?? LinuxSignalling.noListener
    }

    // MARK: Shutting down

    /// Stops accepting, closes all connections after what was sent, and ends the threads.
    func shutdown() async {
        let (listeners, outlets) = table.withLock { table in
            table.isClosing = true
            let taken = (table.listeners, Array(table.outlets.values))
            table.listeners = []
            return taken
        }
        for listener in listeners { try? await listener.close().get() }
        for outlet in outlets { outlet.close() }
        for outlet in outlets { try? await outlet.whenGone.get() }
        try? await group.shutdownGracefully()
    }

    // MARK: Settings

    private typealias Option = ChannelOptions.Types.SocketOption

    private static var connectionOptions: [(option: Option, value: Option.Value)] {
        [
            (.tcpOption(.tcp_nodelay), 1),
            (.socketOption(.so_keepalive), 1),
            (.tcpOption(.init(rawValue: TCP_KEEPIDLE)), .init(keepAlive.idle)),
            (.tcpOption(.init(rawValue: TCP_KEEPINTVL)), .init(keepAlive.interval)),
            (.tcpOption(.init(rawValue: TCP_KEEPCNT)), .init(keepAlive.count)),
            (.tcpOption(.init(rawValue: TCP_USER_TIMEOUT)), .init(acknowledgementTimeout)),
        ]
    }

    /// A program that we start must not hold our sockets open: NIO leaves that to us.
    private static func keepFromChildren(_ channel: any Channel) throws {
        try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { _ = fcntl($0, F_SETFD, FD_CLOEXEC) }
    }

    /// How many files the process may have open.
    private static func fileLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return 1024
        }
        return Int(clamping: limit.rlim_cur)
    }
}

/// A connection over a limit; NIO closes it.
private struct RefusedConnection: Error {}
