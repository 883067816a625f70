import CLinux
import Glibc
import Media
import Platform
import Synchronization

/// One thread of the media plane: waits for packets and commands, and drives one ``MediaCore``.
final class MediaLoop: Bell {
    /// Waiting commands beyond which no leg is opened any more; commands on open legs always pass,
    /// and their number follows from the legs'.
    static var backlogLimit: Int { 65_536 }
    /// The largest datagram that is relayed: a jumbo frame.
    static var packetLimit: Int { 9_216 }
    /// Ready sockets taken at once.
    static var batchSize: Int { 128 }
    /// Not the token of any socket: 31 bits of generation and 32 of slot never all set.
    private static var bellToken: UInt64 { .max }

    /// What a loop is told: by the exchange, or by another loop.
    enum Order {
        case command(MediaCommand)
        /// Give the leg away to that loop.
        case release(MediaLegID, to: MediaLoop)
        /// A leg that another loop gave away.
        case adopt(MovingLeg)
    }

    private struct Mail {
        var orders: [Order] = []
        var isRung = false
        var isStopping = false
    }

    private let configuration: MediaConfiguration
    private let ports: SharedPorts
    private let places: LegPlaces
    private let time: any TimeSource
    private let handshakes: HandshakeDesk?
    private let owners: OwnersExecutor?
    private let poll: Int32
    private let bell: Int32
    private let mail = Mutex(Mail())

    init(
        configuration: MediaConfiguration, ports: SharedPorts, places: LegPlaces,
        time: any TimeSource, handshakes: HandshakeDesk?, owners: OwnersExecutor?
    ) throws(MediaLoopsError) {
        self.owners = owners
        self.handshakes = handshakes
        self.configuration = configuration
        self.ports = ports
        self.places = places
        self.time = time
        poll = clinux_media_poll_open()
        guard poll >= 0 else { throw .system("opening an epoll", code: -poll) }
        bell = clinux_media_bell_open()
        guard bell >= 0 else {
            clinux_media_close(poll)
            throw .system("opening an eventfd", code: -bell)
        }
        let code = clinux_media_poll_add(poll, bell, Self.bellToken)
        guard code >= 0 else {
            clinux_media_close(poll)
            clinux_media_close(bell)
            throw .system("watching an eventfd", code: -code)
        }
    }

    deinit {
        clinux_media_close(poll)
        clinux_media_close(bell)
    }

    /// What this loop has done.
    let count = MediaCount()

    /// Posts a command; false where the backlog is full and the command opens a leg, or the loop
    /// has stopped.
    @discardableResult
    func post(_ command: MediaCommand) -> Bool { post(.command(command)) }

    @discardableResult
    func post(_ order: Order) -> Bool {
        let (isTaken, mustRing) = mail.withLock { mail -> (Bool, Bool) in
            if mail.isStopping { return (false, false) }
            if case .command(.open) = order, mail.orders.count >= Self.backlogLimit {
                return (false, false)
            }
            mail.orders.append(order)
            defer { mail.isRung = true }
            return (true, !mail.isRung)
        }
        // A job that says several things to a loop wakes it once.
        if mustRing, owners?.ringLater(self) != true { ring() }
        return isTaken
    }

    func ring() { clinux_media_bell_ring(bell) }

    /// Ends the loop after the commands that wait.
    func stop() {
        mail.withLock { $0.isStopping = true }
        ring()
    }

    /// The body of the thread.
    func run() {
        var core = MediaCore(configuration: configuration)
        var sockets = LoopSockets(
            networks: configuration.networks, ports: ports, places: places, poll: poll,
            handshakes: handshakes)
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Self.packetLimit)
        defer { buffer.deallocate() }
        var tokens = [UInt64](repeating: 0, count: Self.batchSize)
        var now = time.now
        while true {
            let wait = core.nextDeadline.map { max(0, ($0 - now).nanoseconds) } ?? -1
            let ready = clinux_media_poll(poll, &tokens, Int32(Self.batchSize), wait)
            now = time.now
            var isRung = false
            for index in 0..<Int(max(0, ready)) {
                if tokens[index] == Self.bellToken {
                    isRung = true
                } else {
                    let socket = MediaSocket(token: tokens[index])
                    receive(on: socket, into: buffer, now: now, &core, &sockets)
                }
            }
            // Commands come after the packets of the batch: no socket of it is closed meanwhile.
            if isRung, !takeMail(now: now, &core, &sockets) { return }
            if let deadline = core.nextDeadline, deadline <= now {
                count.note(lateness: (now - deadline).nanoseconds)
                core.tick(now: now, into: &sockets)
            }
            sockets.publish(to: count)
        }
    }

    @inline(__always)
    private func receive(
        on socket: MediaSocket, into buffer: UnsafeMutableBufferPointer<UInt8>, now: Instant,
        _ core: inout MediaCore, _ sockets: inout LoopSockets
    ) {
        guard let descriptor = sockets.descriptor(of: socket) else { return }
        var source = clinux_media_address()
        let count = Int(
            clinux_media_receive(descriptor, buffer.baseAddress, buffer.count, &source))
        // A datagram that fills the buffer may have been cut.
        guard count > 0, count < buffer.count else { return }
        sockets.receivedCount += 1
        var packet = UnsafeMutableBufferPointer(rebasing: buffer[..<count]).mutableSpan
        core.receive(
            &packet, on: socket,
            from: SocketAddress(
                address: IPAddress(high: source.high, low: source.low), port: source.port),
            now: now, into: &sockets)
    }

    /// False once the loop shall end.
    private func takeMail(
        now: Instant, _ core: inout MediaCore, _ sockets: inout LoopSockets
    ) -> Bool {
        clinux_media_bell_silence(bell)
        let (orders, isStopping) = mail.withLock { mail in
            defer {
                mail.orders = []
                mail.isRung = false
            }
            return (mail.orders, mail.isStopping)
        }
        for order in orders { carryOut(order, now: now, &core, &sockets) }
        if isStopping { core.closeAll(now: now, into: &sockets) }
        return !isStopping
    }

    private func carryOut(
        _ order: Order, now: Instant, _ core: inout MediaCore, _ sockets: inout LoopSockets
    ) {
        switch order {
        case .command(let command):
            core.apply(command, now: now, into: &sockets)
        case .release(let leg, let loop):
            guard let moving = core.release(leg, now: now, into: &sockets) else { return }
            // A loop that has stopped takes no one: the end of all calls, the leg's too.
            if !loop.post(.adopt(moving)) { core.adopt(moving, now: now, into: &sockets) }
        case .adopt(let moving):
            core.adopt(moving, now: now, into: &sockets)
            for command in places.arrive(moving.leg) {
                core.apply(command, now: now, into: &sockets)
            }
        }
    }
}

/// The sockets of one loop, by the core's slots.
struct LoopSockets: MediaOutput, ~Copyable {
    private struct Pair {
        var rtp: Int32 = -1
        var rtcp: Int32 = -1
        var isV6 = false
        var network = 0
        var port: UInt16 = 0
        var generation: UInt32 = 0
        /// RTP's of the other family.
        var alternate: DetachedSockets.Alternate?
    }

    private var pairs: [Pair] = []
    /// Packets of the present batch.
    var receivedCount = 0
    private var sentCount = 0
    private var lostCount = 0
    private let networks: [MediaNetwork]
    private let ports: SharedPorts
    private let places: LegPlaces
    private let poll: Int32
    private let handshakes: HandshakeDesk?

    init(
        networks: [MediaNetwork], ports: SharedPorts, places: LegPlaces, poll: Int32,
        handshakes: HandshakeDesk?
    ) {
        self.handshakes = handshakes
        self.networks = networks
        self.ports = ports
        self.places = places
        self.poll = poll
    }

    /// nil where the socket has been closed, or is another's by now.
    @inline(__always)
    func descriptor(of socket: MediaSocket) -> Int32? {
        let slot = Int(socket.slot)
        guard slot < pairs.count, pairs[slot].generation == socket.generation else { return nil }
        let descriptor =
            switch socket.kind {
            case .rtp: pairs[slot].rtp
            case .rtcp: pairs[slot].rtcp
            case .alternate: pairs[slot].alternate?.descriptor ?? -1
            }
        return descriptor >= 0 ? descriptor : nil
    }

    mutating func open(
        slot: UInt32, generation: UInt32, network: Int, now: Instant
    ) -> LocalStream? {
        while let port = ports.take(network, now: now) {
            let bind = networks[network].bind
            let rtp = bound(
                bind, port, MediaSocket(slot: slot, generation: generation, kind: .rtp))
            guard rtp >= 0 else {
                ports.setAside(port, network, now: now)
                if rtp == -EADDRINUSE { continue } else { return nil }
            }
            let rtcp = bound(
                bind, port + 1, MediaSocket(slot: slot, generation: generation, kind: .rtcp))
            guard rtcp >= 0 else {
                clinux_media_close(rtp)
                ports.setAside(port, network, now: now)
                if rtcp == -EADDRINUSE { continue } else { return nil }
            }
            while pairs.count <= Int(slot) { pairs.append(Pair()) }
            pairs[Int(slot)] = Pair(
                rtp: rtp, rtcp: rtcp, isV6: !bind.isIPv4, network: network, port: port,
                generation: generation)
            let advertised = networks[network].advertised
            return LocalStream(
                rtp: SocketAddress(address: advertised, port: port),
                rtcp: SocketAddress(address: advertised, port: port + 1))
        }
        return nil
    }

    mutating func openAlternate(
        slot: UInt32, generation: UInt32, network: Int, now: Instant
    ) -> SocketAddress? {
        let index = Int(slot)
        guard index < pairs.count, pairs[index].generation == generation,
            networks[network].bind.isIPv4 == pairs[index].isV6
        else { return nil }
        while let port = ports.take(network, now: now) {
            let descriptor = bound(
                networks[network].bind, port,
                MediaSocket(slot: slot, generation: generation, kind: .alternate))
            guard descriptor >= 0 else {
                ports.setAside(port, network, now: now)
                if descriptor == -EADDRINUSE { continue } else { return nil }
            }
            pairs[index].alternate = .init(network: network, port: port, descriptor: descriptor)
            return SocketAddress(address: networks[network].advertised, port: port)
        }
        return nil
    }

    /// A socket that is bound and watched, or a negated errno.
    private func bound(_ bind: IPAddress, _ port: UInt16, _ socket: MediaSocket) -> Int32 {
        var address = clinux_media_address(high: bind.high, low: bind.low, port: port)
        let descriptor = clinux_media_open(&address)
        guard descriptor >= 0 else { return descriptor }
        let code = clinux_media_poll_add(poll, descriptor, socket.token)
        if code < 0 {
            clinux_media_close(descriptor)
            return code
        }
        return descriptor
    }

    mutating func close(slot: UInt32, generation: UInt32, now: Instant) {
        let index = Int(slot)
        guard index < pairs.count, pairs[index].generation == generation, pairs[index].rtp >= 0
        else { return }
        clinux_media_close(pairs[index].rtp)
        clinux_media_close(pairs[index].rtcp)
        ports.release(pairs[index].port, pairs[index].network, now: now)
        if let other = pairs[index].alternate {
            clinux_media_close(other.descriptor)
            ports.release(other.port, other.network, now: now)
        }
        pairs[index] = Pair()
    }

    mutating func detach(slot: UInt32, generation: UInt32) -> DetachedSockets? {
        let index = Int(slot)
        guard index < pairs.count, pairs[index].generation == generation, pairs[index].rtp >= 0
        else { return nil }
        let pair = pairs[index]
        pairs[index] = Pair()
        for descriptor in [pair.rtp, pair.rtcp, pair.alternate?.descriptor].compactMap(\.self) {
            _ = clinux_media_poll_remove(poll, descriptor)
        }
        var detached = DetachedSockets(
            network: pair.network, port: pair.port, rtp: pair.rtp, rtcp: pair.rtcp)
        detached.alternate = pair.alternate
        return detached
    }

    mutating func attach(
        _ sockets: DetachedSockets, slot: UInt32, generation: UInt32
    ) -> Bool {
        while pairs.count <= Int(slot) { pairs.append(Pair()) }
        pairs[Int(slot)] = Pair(
            rtp: sockets.rtp, rtcp: sockets.rtcp,
            isV6: !networks[sockets.network].bind.isIPv4, network: sockets.network,
            port: sockets.port, generation: generation)
        let rtp = MediaSocket(slot: slot, generation: generation, kind: .rtp)
        let rtcp = MediaSocket(slot: slot, generation: generation, kind: .rtcp)
        guard clinux_media_poll_add(poll, sockets.rtp, rtp.token) >= 0,
            clinux_media_poll_add(poll, sockets.rtcp, rtcp.token) >= 0
        else { return false }
        guard let other = sockets.alternate else { return true }
        pairs[Int(slot)].alternate = other
        let alternate = MediaSocket(slot: slot, generation: generation, kind: .alternate)
        return clinux_media_poll_add(poll, other.descriptor, alternate.token) >= 0
    }

    @inline(__always)
    mutating func send(
        _ packet: Span<UInt8>, on socket: MediaSocket, to destination: SocketAddress
    ) -> Bool {
        guard var descriptor = descriptor(of: socket) else { return false }
        var address = clinux_media_address(
            high: destination.address.high, low: destination.address.low, port: destination.port)
        var isV6 = pairs[Int(socket.slot)].isV6
        if isV6 == destination.address.isIPv4 {
            // A path of one family does not lead to the other.
            guard let other = pairs[Int(socket.slot)].alternate, socket.kind != .rtcp else {
                return false
            }
            descriptor = other.descriptor
            isV6.toggle()
        }
        let isSent = packet.withUnsafeBufferPointer { bytes in
            clinux_media_send(descriptor, bytes.baseAddress, bytes.count, &address, isV6) >= 0
        }
        if isSent { sentCount += 1 } else { lostCount += 1 }
        return isSent
    }

    /// Adds what the batch did, and begins a new one.
    mutating func publish(to count: MediaCount) {
        if receivedCount > 0 { count.packetsReceived.add(receivedCount, ordering: .relaxed) }
        if sentCount > 0 { count.packetsSent.add(sentCount, ordering: .relaxed) }
        if lostCount > 0 { count.packetsLost.add(lostCount, ordering: .relaxed) }
        (receivedCount, sentCount, lostCount) = (0, 0, 0)
    }

    mutating func handshake(_ order: HandshakeOrder) { handshakes?.post(order) }

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
