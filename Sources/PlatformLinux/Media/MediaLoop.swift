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
            guard let moving = core.release(leg, into: &sockets) else { return }
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
