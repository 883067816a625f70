import Media
import Platform
import Synchronization

/// The media plane of a simulated world: real `MediaCore`s over the virtual network.
///
/// Two loops, as a machine with two processors has: legs have to move between them.
public final class SimulatedMediaPlane: MediaPlane {
    private static let loopCount: UInt64 = 2

    private let loops: [SimulatedMediaLoop]
    private let places = LegPlaces()
    private let handshakes: SimulatedHandshakes
    private let tray = HandshakeTray()

    /// - Parameter purpose: names the plane's randomness.
    public init(
        world: SimulatedWorld, host: SimulatedHost, configuration: MediaConfiguration,
        ports: SharedPorts? = nil, purpose: String
    ) {
        let ports = ports ?? SharedPorts(configuration: configuration)
        let random = world.random(for: purpose)
        handshakes = SimulatedHandshakes(
            scheduler: world.scheduler, random: world.random(for: "handshakes of \(purpose)"))
        loops = (0..<Self.loopCount).map { [places, tray] _ in
            SimulatedMediaLoop(
                scheduler: world.scheduler, random: random, configuration: configuration,
                output: SimulatedMediaOutput(
                    host: host, configuration: configuration, ports: ports, places: places,
                    handshakes: tray))
        }
        tray.open { [weak self] order in
            self?.handshakes.post(order) { [weak self] in self?.post($0) }
        }
    }

    /// How many legs are open: 0 at rest.
    public var legCount: Int { loops.reduce(0) { $0 + $1.legCount } }

    public func post(_ command: MediaCommand) {
        switch command {
        case .open(let leg, let setup, let sink):
            let index = loopIndex(for: setup.callKey)
            guard places.add(leg, on: index) else { return sink.post(.refused(leg, .badSetup)) }
            loops[index].perform { $0.apply(command) }
        case .move(let leg, let callKey):
            let index = loopIndex(for: callKey)
            if let former = places.depart(leg, to: index) {
                move(leg, from: loops[former], to: loops[index])
            } else if let index = places.loop(for: command, of: leg) {
                loops[index].perform { $0.apply(command) }
            }
        case .announce(let roomID, _), .recordRoom(let roomID, _):
            loops[loopIndex(for: roomID.number)].perform { $0.apply(command) }
        case .describe(let leg, _, _), .bridge(let leg, _, _), .attend(let leg, _),
            .record(let leg, _, _, _), .listenForFax(let leg), .unbridge(let leg),
            .transmit(let leg, _, _), .secure(let leg, _, _, _), .close(let leg):
            guard let index = places.loop(for: command, of: leg) else { return }
            loops[index].perform { $0.apply(command) }
        }
    }

    private func move(
        _ leg: MediaLegID, from former: SimulatedMediaLoop, to next: SimulatedMediaLoop
    ) {
        former.perform { [places] former in
            guard let moving = former.release(leg) else { return }
            next.perform { next in
                next.adopt(moving)
                for command in places.arrive(leg) { next.apply(command) }
            }
        }
    }

    private func loopIndex(for callKey: UInt64) -> Int {
        Int(callKey &* 0x9E37_79B9_7F4A_7C15 >> 32 % Self.loopCount)
    }

    /// Closes every socket at once: the process is gone.
    func shut() {
        for loop in loops { loop.shut() }
        handshakes.shut()
    }
}

/// Where loops leave orders for handshakes.
private final class HandshakeTray: Sendable {
    private let take = Mutex<(@Sendable (HandshakeOrder) -> Void)?>(nil)

    func open(_ taker: @escaping @Sendable (HandshakeOrder) -> Void) {
        take.withLock { $0 = taker }
    }

    func post(_ order: HandshakeOrder) {
        take.withLock { $0 }?(order)
    }
}

/// One loop of the simulated plane.
///
/// Orders are carried out in sequence, each a moment after it was posted, as a live loop wakes up.
private final class SimulatedMediaLoop: Sendable {
    /// How long a loop takes to find an order.
    private static let longestWait = Duration.microseconds(300)

    private struct Loop: ~Copyable {
        var core: MediaCore
        var output: SimulatedMediaOutput
        /// When the order before is carried out.
        var lastOrder = Instant.start
        /// The kept action that ticks.
        var tick: Int?
        /// The process is gone, and its sockets with it.
        var isShut = false
    }

    private let scheduler: Scheduler
    private let random: SimulatedRandom
    private let loop: Mutex<Loop>

    init(
        scheduler: Scheduler, random: SimulatedRandom, configuration: MediaConfiguration,
        output: consuming SimulatedMediaOutput
    ) {
        self.scheduler = scheduler
        self.random = random
        loop = Mutex(Loop(core: MediaCore(configuration: configuration), output: output))
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

    var legCount: Int { loop.withLock { $0.core.legCount } }

    func perform(_ order: @escaping @Sendable (SimulatedMediaLoop) -> Void) {
        let wait = random.duration(from: .zero, to: Self.longestWait)
        let deadline = loop.withLock { loop in
            loop.lastOrder = max(loop.lastOrder, scheduler.now + wait)
            return loop.lastOrder
        }
        scheduler.perform(at: deadline) { [weak self] in
            guard let self, !loop.withLock({ $0.isShut }) else { return }
            order(self)
            setTick()
        }
    }

    func apply(_ command: MediaCommand) {
        loop.withLock { $0.core.apply(command, now: scheduler.now, into: &$0.output) }
    }

    func release(_ leg: MediaLegID) -> MovingLeg? {
        loop.withLock { $0.core.release(leg, now: scheduler.now, into: &$0.output) }
    }

    func adopt(_ moving: MovingLeg) {
        loop.withLock { $0.core.adopt(moving, now: scheduler.now, into: &$0.output) }
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
        var network: Int
        var rtp: UInt16
        var rtcp: UInt16 { rtp + 1 }
    }

    private let host: SimulatedHost
    private let configuration: MediaConfiguration
    private let ports: SharedPorts
    private let places: LegPlaces
    private let handshakes: HandshakeTray
    private var streams: [UInt32: OpenStream] = [:]
    var arrive: @Sendable (MediaSocket, [UInt8], SocketAddress, Instant) -> Void = { _, _, _, _ in }

    init(
        host: SimulatedHost, configuration: MediaConfiguration, ports: SharedPorts,
        places: LegPlaces, handshakes: HandshakeTray
    ) {
        self.host = host
        self.configuration = configuration
        self.ports = ports
        self.places = places
        self.handshakes = handshakes
    }

    mutating func open(
        slot: UInt32, generation: UInt32, network: Int, now: Instant
    ) -> LocalStream? {
        guard let port = ports.take(network, now: now) else { return nil }
        let stream = OpenStream(network: network, rtp: port)
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
        ports.release(stream.rtp, stream.network, now: now)
    }

    mutating func detach(slot: UInt32, generation: UInt32) -> DetachedSockets? {
        guard let stream = streams.removeValue(forKey: slot) else { return nil }
        host.unbind(port: stream.rtp)
        host.unbind(port: stream.rtcp)
        return DetachedSockets(network: stream.network, port: stream.rtp)
    }

    mutating func attach(
        _ sockets: DetachedSockets, slot: UInt32, generation: UInt32
    ) -> Bool {
        let stream = OpenStream(network: sockets.network, rtp: sockets.port)
        streams[slot] = stream
        bind(stream.rtp, to: MediaSocket(slot: slot, generation: generation, kind: .rtp))
        bind(stream.rtcp, to: MediaSocket(slot: slot, generation: generation, kind: .rtcp))
        return true
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
        let port = socket.kind == .rtcp ? stream.rtcp : stream.rtp
        let bytes = packet.withUnsafeBytes { Array($0) }
        host.network.transmit(
            bytes, from: SocketAddress(address: host.address, port: port), to: destination)
        return true
    }

    mutating func handshake(_ order: HandshakeOrder) { handshakes.post(order) }

    mutating func deliver(_ event: MediaEvent, to sink: any MediaSink) {
        switch event {
        case .closed(let leg, _): places.remove(leg)
        case .refused(let leg, let reason) where reason.isOfOpening: places.remove(leg)
        case .opened, .refused, .latched, .firstPacket, .digit, .silent, .heard, .finished,
            .moved, .secured, .consentEnded, .faxTone:
            break
        }
        sink.post(event)
    }
}
