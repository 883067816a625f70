import Media
import Platform
import Synchronization

/// The media plane of a simulated world: the real `MediaCore` over the virtual network.
///
/// Commands are carried out in order, each a moment after it was posted, as a live loop wakes up.
public final class SimulatedMediaPlane: MediaPlane {
    /// How long a loop takes to find a command.
    private static let longestWait = Duration.microseconds(300)

    private struct Loop: ~Copyable {
        var core: MediaCore
        var output: SimulatedMediaOutput
        /// When the command before is carried out.
        var lastCommand = Instant.start
        /// The kept action that ticks.
        var tick: Int?
        /// The process is gone, and its sockets with it.
        var isShut = false
    }

    private let scheduler: Scheduler
    private let random: SimulatedRandom
    private let loop: Mutex<Loop>

    /// - Parameter purpose: names the plane's randomness.
    public init(
        world: SimulatedWorld, host: SimulatedHost, configuration: MediaConfiguration,
        purpose: String
    ) {
        scheduler = world.scheduler
        random = world.random(for: purpose)
        loop = Mutex(
            Loop(
                core: MediaCore(configuration: configuration),
                output: SimulatedMediaOutput(host: host, configuration: configuration)))
        let arrive: @Sendable (MediaSocket, [UInt8], SocketAddress, Instant) -> Void = {
            [weak self] socket, bytes, source, now in
            self?.receive(bytes, on: socket, from: source, now: now)
        }
        loop.withLock { $0.output.arrive = arrive }
    }

    deinit {
        let tick = loop.withLock { $0.tick }
        if let tick { scheduler.withdraw(tick) }
    }

    /// How many legs are open: 0 at rest.
    public var legCount: Int { loop.withLock { $0.core.legCount } }

    public func post(_ command: MediaCommand) {
        let wait = random.duration(from: .zero, to: Self.longestWait)
        let deadline = loop.withLock { loop in
            loop.lastCommand = max(loop.lastCommand, scheduler.now + wait)
            return loop.lastCommand
        }
        scheduler.perform(at: deadline) { [weak self] in self?.carryOut(command) }
    }

    private func carryOut(_ command: MediaCommand) {
        let isDone = loop.withLock { loop in
            guard !loop.isShut else { return false }
            loop.core.apply(command, now: scheduler.now, into: &loop.output)
            return true
        }
        if isDone { setTick() }
    }

    /// Closes every socket at once: the process is gone.
    func shut() {
        let tick = loop.withLock { loop in
            loop.isShut = true
            loop.output.closeAll()
            return loop.tick.take()
        }
        if let tick { scheduler.withdraw(tick) }
    }

    private func receive(
        _ bytes: [UInt8], on socket: MediaSocket, from source: SocketAddress, now: Instant
    ) {
        var bytes = bytes
        loop.withLock { loop in
            guard !loop.isShut else { return }
            var packet = bytes.mutableSpan
            loop.core.receive(&packet, on: socket, from: source, now: now, into: &loop.output)
        }
    }

    private func setTick() {
        let next = loop.withLock { loop -> (action: Int?, deadline: Instant?) in
            (loop.tick, loop.core.nextDeadline)
        }
        if let action = next.action { return scheduler.set(action, at: next.deadline) }
        let action = scheduler.keep { [weak self] in self?.tick() }
        loop.withLock { $0.tick = action }
        scheduler.set(action, at: next.deadline)
    }

    private func tick() {
        loop.withLock { loop in
            loop.core.tick(now: scheduler.now, into: &loop.output)
        }
        setTick()
    }
}

/// The sockets of a simulated media loop: ports of one host.
private struct SimulatedMediaOutput: MediaOutput, ~Copyable {
    private struct OpenStream {
        var rtp: UInt16
        var rtcp: UInt16 { rtp + 1 }
    }

    private let host: SimulatedHost
    private let configuration: MediaConfiguration
    private var ports: PortPool
    private var streams: [UInt32: OpenStream] = [:]
    var arrive: @Sendable (MediaSocket, [UInt8], SocketAddress, Instant) -> Void = { _, _, _, _ in }

    init(host: SimulatedHost, configuration: MediaConfiguration) {
        self.host = host
        self.configuration = configuration
        ports = PortPool(ports: configuration.ports, restingTime: configuration.restingTime)
    }

    mutating func open(
        slot: UInt32, generation: UInt32, network: Int, now: Instant
    ) -> LocalStream? {
        guard let port = ports.take(now: now) else { return nil }
        let stream = OpenStream(rtp: port)
        streams[slot] = stream
        bind(stream.rtp, to: MediaSocket(slot: slot, generation: generation, kind: .rtp))
        bind(stream.rtcp, to: MediaSocket(slot: slot, generation: generation, kind: .rtcp))
        let address = configuration.networks[network].advertised
        return LocalStream(
            rtp: SocketAddress(address: address, port: stream.rtp),
            rtcp: SocketAddress(address: address, port: stream.rtcp))
    }

    private func bind(_ port: UInt16, to socket: MediaSocket) {
        let arrive = arrive
        let isBound = host.bind(port: port) { bytes, source, now in
            arrive(socket, bytes, source, now)
        }
        precondition(isBound, "a media port was given out twice")
    }

    mutating func close(slot: UInt32, generation: UInt32, now: Instant) {
        guard let stream = streams.removeValue(forKey: slot) else { return }
        host.unbind(port: stream.rtp)
        host.unbind(port: stream.rtcp)
        ports.release(stream.rtp, now: now)
    }

    mutating func closeAll() {
        for stream in streams.values {
            host.unbind(port: stream.rtp)
            host.unbind(port: stream.rtcp)
        }
        streams = [:]
    }

    mutating func send(
        _ packet: Span<UInt8>, on socket: MediaSocket, to destination: SocketAddress
    ) -> Bool {
        guard let stream = streams[socket.slot] else { return false }
        let port = socket.kind == .rtp ? stream.rtp : stream.rtcp
        let bytes = packet.withUnsafeBytes { Array($0) }
        host.network.transmit(
            bytes, from: SocketAddress(address: host.address, port: port), to: destination)
        return true
    }

    mutating func deliver(_ event: MediaEvent, to sink: any MediaSink) {
        sink.post(event)
    }
}
