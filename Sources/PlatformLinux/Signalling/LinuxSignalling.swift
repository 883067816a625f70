import Platform
import Synchronization

/// The live signalling network: UDP on an epoll thread, TCP and TLS by SwiftNIO.
///
/// Events come from its own threads, in order per flow, and never from within a call of this type.
/// The sink is held from `start` to the end of `shutdown`.
public final class LinuxSignalling: SignallingNetwork {
    /// `Flow.listener` of an outgoing connection whose transport and family we don't listen on.
    public static var noListener: UInt16 { .max }

    private struct Running {
        var datagrams: DatagramLoop
        var routes: RouteTable
        var streams: StreamNetwork
        var addresses: [SocketAddress]
    }

    private enum Phase {
        case new
        case starting
        case running(Running)
        case over
    }

    private let configuration: SignallingConfiguration
    private let time: any TimeSource
    private let executor: OwnersExecutor?
    private let count = SignallingCount()
    private let phase = Mutex(Phase.new)

    /// - Parameter executor: runs its jobs on this network's thread from then on.
    public init(
        configuration: SignallingConfiguration, time: any TimeSource,
        executor: OwnersExecutor? = nil
    ) {
        self.executor = executor
        self.configuration = configuration
        self.time = time
    }

    /// Opens all listeners, or none. Events may come before this returns, and can be answered.
    public func start(sink: any NetworkSink) async throws(SignallingError) {
        let isFirst = phase.withLock { phase -> Bool in
            guard case .new = phase else { return false }
            phase = .starting
            return true
        }
        guard isFirst else { throw .startedBefore }
        do {
            var running = try prepare(sink)
            phase.withLock { $0 = .running(running) }
            for (index, listener) in configuration.listeners.enumerated()
            where listener.transport != .udp {
                running.addresses[index] = try await running.streams.listen(
                    listener, index: UInt16(index))
            }
            try running.datagrams.start()
            phase.withLock { $0 = .running(running) }
        } catch {
            await shutdown()
            phase.withLock { $0 = .over }
            throw error
        }
    }

    /// Where the listeners are bound, in the order of configuration: the true ports.
    public var addresses: [SocketAddress] { running?.addresses ?? [] }

    /// What has happened since the start.
    public var counters: SignallingCounters { count.snapshot }

    /// Stops accepting, sends what waits, closes everything and ends the threads.
    public func shutdown() async {
        let last = phase.withLock { phase -> Running? in
            guard case .running(let running) = phase else { return nil }
            phase = .over
            return running
        }
        guard let last else { return }
        await last.streams.shutdown()
        last.datagrams.shutdown()
    }

    // MARK: SignallingNetwork

    public func send(_ bytes: [UInt8], on flow: Flow) {
        guard let running else { return }
        if flow.transport == .udp {
            running.datagrams.send(bytes, on: flow)
        } else {
            running.streams.send(bytes, on: flow)
        }
    }

    public func connect(
        _ attempt: ConnectionAttempt, transport: TransportKind, to remote: SocketAddress,
        certifiedFor name: String?
    ) {
        running?.streams.connect(
            attempt, transport: transport, to: remote, certifiedFor: name)
    }

    public func close(_ flow: Flow) {
        running?.streams.close(flow)
    }

    public func datagramFlow(to remote: SocketAddress) -> Flow? {
        running?.routes.flow(to: remote)
    }

    // MARK: Opening

    private var running: Running? {
        phase.withLock {
            if case .running(let running) = $0 { running } else { nil }
        }
    }

    /// Binds the datagram sockets, so that a port that is taken is known first.
    private func prepare(_ sink: any NetworkSink) throws(SignallingError) -> Running {
        var sockets: [DatagramSocket] = []
        var addresses = configuration.listeners.map(\.address)
        for (index, listener) in configuration.listeners.enumerated() {
            switch listener.transport {
            case .udp:
                let socket = try DatagramSocket(
                    listener: UInt16(index), address: listener.address,
                    limits: configuration.limits)
                addresses[index] = socket.bound
                sockets.append(socket)
            case .tcp, .tls:
                break
            case .ws, .wss:
                // The portal takes WebSocket, and will hand its flows in here.
                throw .transportNotAvailable(listener.address, listener.transport)
            }
        }
        let routes = RouteTable(sockets: sockets, time: time, limits: configuration.limits)
        return Running(
            datagrams: try DatagramLoop(
                sockets: sockets, routes: routes, sink: sink, time: time, count: count,
                executor: executor),
            routes: routes,
            streams: try StreamNetwork(
                configuration: configuration, sink: sink, time: time, count: count),
            addresses: addresses)
    }
}
