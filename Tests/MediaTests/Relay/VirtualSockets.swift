import Media
import Platform
import Synchronization

/// Keeps what a leg's owner was told.
final class EventLog: MediaSink {
    private let log = Mutex<[MediaEvent]>([])

    func post(_ event: MediaEvent) {
        log.withLock { $0.append(event) }
    }

    /// All events since the last call.
    func take() -> [MediaEvent] {
        log.withLock { log in
            defer { log = [] }
            return log
        }
    }
}

/// Sockets that only remember what was sent.
struct VirtualSockets: MediaOutput, ~Copyable {
    struct Sent: Equatable {
        var bytes: [UInt8]
        var from: UInt16
        var to: SocketAddress
    }

    var pool: PortPool
    var ports: [UInt32: UInt16] = [:]
    var sockets: [UInt16: MediaSocket] = [:]
    var sent: [Sent] = []
    var handshakes: [HandshakeOrder] = []
    /// Ports that somebody else on the machine holds.
    var taken: Set<UInt16> = []
    /// Sockets of other loops can be taken over.
    var canWatch = true
    let address = IPAddress(v4: 0xC633_6401)
    let alternateAddress = IPAddress(high: 0x2001_0DB8_0000_0000, low: 1)

    init(ports: ClosedRange<UInt16> = 20_000...20_999) {
        pool = PortPool(ports: ports, restingTime: .seconds(10))
    }

    mutating func open(
        slot: UInt32, generation: UInt32, network: Int, now: Instant
    ) -> LocalStream? {
        while let port = pool.take(now: now) {
            if taken.contains(port) {
                pool.setAside(port, now: now)
                continue
            }
            ports[slot] = port
            sockets[port] = MediaSocket(slot: slot, generation: generation, kind: .rtp)
            sockets[port + 1] = MediaSocket(slot: slot, generation: generation, kind: .rtcp)
            return LocalStream(
                rtp: SocketAddress(address: address, port: port),
                rtcp: SocketAddress(address: address, port: port + 1))
        }
        return nil
    }

    /// Ports 10,000 above the others, at ``alternateAddress``.
    mutating func openAlternate(
        slot: UInt32, generation: UInt32, network: Int, now: Instant
    ) -> SocketAddress? {
        guard let port = ports[slot] else { return nil }
        sockets[port + 10_000] = MediaSocket(slot: slot, generation: generation, kind: .alternate)
        return SocketAddress(address: alternateAddress, port: port + 10_000)
    }

    mutating func close(slot: UInt32, generation: UInt32, now: Instant) {
        guard let port = ports.removeValue(forKey: slot) else { return }
        pool.release(port, now: now)
    }

    mutating func detach(slot: UInt32, generation: UInt32) -> DetachedSockets? {
        ports.removeValue(forKey: slot).map { DetachedSockets(network: 0, port: $0) }
    }

    mutating func attach(
        _ moved: DetachedSockets, slot: UInt32, generation: UInt32
    ) -> Bool {
        ports[slot] = moved.port
        sockets[moved.port] = MediaSocket(slot: slot, generation: generation, kind: .rtp)
        sockets[moved.port + 1] = MediaSocket(slot: slot, generation: generation, kind: .rtcp)
        return canWatch
    }

    mutating func send(
        _ packet: Span<UInt8>, on socket: MediaSocket, to: SocketAddress
    ) -> Bool {
        guard let port = ports[socket.slot] else { return false }
        let bytes = packet.withUnsafeBufferPointer(Array.init)
        let isOther = !to.address.isIPv4 && socket.kind != .rtcp
        let step: UInt16 = isOther ? 10_000 : socket.kind == .rtcp ? 1 : 0
        sent.append(Sent(bytes: bytes, from: port + step, to: to))
        return true
    }

    mutating func handshake(_ order: HandshakeOrder) { handshakes.append(order) }

    mutating func deliver(_ event: MediaEvent, to sink: any MediaSink) {
        sink.post(event)
    }
}

/// A relay with two legs, A at port 20000 and B at 20002, and what the tests do with it.
final class RelayBench {
    var core: MediaCore
    var sockets = VirtualSockets()
    var now = Instant.start
    let log = EventLog()
    let first = MediaLegID(number: 1)
    let second = MediaLegID(number: 2)

    init(silenceTimeout: Duration = .seconds(10)) {
        core = MediaCore(
            configuration: MediaConfiguration(
                networks: [MediaNetwork(bind: IPAddress(v4: 0xC633_6401))],
                ports: 20_000...20_999, silenceTimeout: silenceTimeout))
    }

    /// A bridged call: A at 192.0.2.10:4000, B at 192.0.2.20:5000, PCMA both, events 101 and 96.
    static func bridged(streamCount: Int = 1) -> RelayBench {
        let bench = RelayBench()
        for leg in [bench.first, bench.second] {
            bench.apply(
                .open(leg, MediaLegSetup(streamCount: streamCount, callKey: 7), sink: bench.log))
        }
        bench.describe(bench.first, "192.0.2.10:4000", events: 101)
        bench.describe(bench.second, "192.0.2.20:5000", events: 96)
        bench.bridge()
        _ = bench.log.take()
        return bench
    }

    func apply(_ command: MediaCommand) {
        core.apply(command, now: now, into: &sockets)
    }

    func bridge() {
        let there = [(8, 8), (101, 96)].map(pair)
        let back = [(8, 8), (96, 101)].map(pair)
        apply(
            .bridge(
                first, second,
                MediaBridge(streams: [
                    MediaBridge.Stream(
                        number: 0, forward: PayloadMap(there), backward: PayloadMap(back))
                ])))
    }

    private func pair(_ numbers: (Int, Int)) -> PayloadMap.Pair {
        PayloadMap.Pair(received: UInt8(numbers.0), sent: UInt8(numbers.1))
    }

    func describe(
        _ leg: MediaLegID, _ remote: String, stream: Int = 0, signalling: String? = nil,
        transport: StreamDescription.Transport = .rtp, isMuxed: Bool = false,
        receives: Bool = true, sends: Bool = true, events: UInt8 = 101
    ) {
        let address = SocketAddress(remote)
        var control = address
        if !isMuxed { control?.port += 1 }
        let trusted = [address?.address, signalling.flatMap { IPAddress($0) }].compactMap(\.self)
        apply(
            .describe(
                leg, stream: stream,
                StreamDescription(
                    transport: transport, remoteRTP: address, remoteRTCP: control,
                    trustedSources: trusted, isMuxed: isMuxed, remoteReceives: receives,
                    remoteSends: sends,
                    telephoneEvents: [TelephoneEventFormat(payloadType: events, clockRate: 8_000)]))
        )
    }

    /// A datagram arrives at one of our ports; what was sent for it.
    func arrive(_ bytes: [UInt8], at port: UInt16, from: String) -> [VirtualSockets.Sent] {
        sockets.sent = []
        guard let socket = sockets.sockets[port], let source = SocketAddress(from) else {
            return []
        }
        var bytes = bytes
        var span = bytes.mutableSpan
        core.receive(&span, on: socket, from: source, now: now, into: &sockets)
        return sockets.sent
    }

    func tick(after delay: Duration) {
        now = now + delay
        core.tick(now: now, into: &sockets)
    }

    /// Closes a leg and gives its counters.
    func close(_ leg: MediaLegID) -> MediaCounters? {
        _ = log.take()
        apply(.close(leg))
        for case .closed(leg, let counters) in log.take() { return counters }
        return nil
    }
}

/// Packets for the tests.
enum Packets {
    static func rtp(
        _ payloadType: UInt8 = 8, sequence: UInt16 = 1, ssrc: UInt8 = 1, timestamp: UInt8 = 0,
        marker: Bool = false, payload: [UInt8] = [0xD5, 0xD5]
    ) -> [UInt8] {
        [
            0x80, payloadType | (marker ? 0x80 : 0), UInt8(sequence >> 8),
            UInt8(truncatingIfNeeded: sequence), 0, 0, timestamp, 0, 0, 0, 0, ssrc,
        ] + payload
    }

    static let receiverReport: [UInt8] = [0x80, 201, 0, 1, 1, 2, 3, 4]
}
