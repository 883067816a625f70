import Fuzzing
import Media
import Platform

/// A leg's owner that listens to nothing.
private final class DeafSink: MediaSink {
    func post(_ event: MediaEvent) {}
}

/// Sockets that exist only as an account of what is open, and of what was sent where.
struct AccountedSockets: MediaOutput {
    /// The open ones, by slot, with their generation.
    var open: [UInt32: UInt32] = [:]
    var portsLeft = 6
    var sentCount = 0
    /// Addresses that a description or a trusted source named: nothing goes anywhere else.
    var known: Set<IPAddress> = []

    mutating func open(
        slot: UInt32, generation: UInt32, network: Int, now: Instant
    ) -> LocalStream? {
        require(open[slot] == nil, "slot \(slot) is opened once")
        guard portsLeft > 0 else { return nil }
        portsLeft -= 1
        open[slot] = generation
        let port = 20_000 + UInt16(truncatingIfNeeded: slot) * 2
        return LocalStream(
            rtp: SocketAddress(address: .loopbackV4, port: port),
            rtcp: SocketAddress(address: .loopbackV4, port: port + 1))
    }

    mutating func close(slot: UInt32, generation: UInt32, now: Instant) {
        require(open[slot] == generation, "only what is open is closed: \(slot)")
        open[slot] = nil
        portsLeft += 1
    }

    mutating func detach(slot: UInt32, generation: UInt32) -> DetachedSockets? {
        require(open[slot] == generation, "only what is open is given away: \(slot)")
        open[slot] = nil
        return DetachedSockets(
            network: 0, port: 20_000 + UInt16(truncatingIfNeeded: slot) * 2)
    }

    mutating func attach(
        _ sockets: DetachedSockets, slot: UInt32, generation: UInt32
    ) -> Bool {
        require(open[slot] == nil, "slot \(slot) is taken once")
        open[slot] = generation
        return true
    }

    mutating func send(
        _ packet: Span<UInt8>, on socket: MediaSocket, to remote: SocketAddress
    ) -> Bool {
        require(open[socket.slot] == socket.generation, "only open sockets send: \(socket)")
        require(known.contains(remote.address), "strangers get nothing: \(remote)")
        sentCount += 1
        return packet.count % 7 != 0
    }

    mutating func handshake(_ order: HandshakeOrder) {}

    mutating func deliver(_ event: MediaEvent, to sink: any MediaSink) {}
}

/// Drives a relay with arbitrary commands, packets and time.
struct RelayScript: ~Copyable {
    private static let stepLimit = 200

    var choices: Choices
    private var core: MediaCore
    private var output = AccountedSockets()
    private var now = Instant.start
    private let sink = DeafSink()

    init(choices: Choices) {
        self.choices = choices
        core = MediaCore(
            configuration: MediaConfiguration(networks: [MediaNetwork(bind: .loopbackV4)]))
    }

    mutating func run() {
        var count = 0
        while !choices.isEmpty && count < Self.stepLimit {
            count += 1
            step()
        }
        core.closeAll(now: now, into: &output)
        require(core.legCount == 0, "nothing is open after closing all")
        require(output.open.isEmpty, "every socket is closed: \(output.open)")
    }

    private mutating func step() {
        switch choices.below(8) {
        case 0:
            let setup = MediaLegSetup(
                network: choices.below(2), streamCount: choices.below(6),
                callKey: UInt64(choices.below(2)))
            apply(.open(leg(), setup, sink: sink))
        case 1, 2: apply(.describe(leg(), stream: choices.below(5), description()))
        case 3:
            let streams = (0..<choices.below(4)).map { _ in
                MediaBridge.Stream(number: choices.below(5), forward: map(), backward: map())
            }
            apply(.bridge(leg(), leg(), MediaBridge(streams: streams)))
        case 4: apply(choices.flag() ? .unbridge(leg()) : .close(leg()))
        case 5:
            now = now + .milliseconds(Int64(choices.byte()) * 50)
            core.tick(now: now, into: &output)
        default: receive()
        }
    }

    private mutating func apply(_ command: MediaCommand) {
        core.apply(command, now: now, into: &output)
    }

    private mutating func leg() -> MediaLegID { MediaLegID(number: UInt64(choices.below(4))) }

    private mutating func address() -> SocketAddress {
        SocketAddress(
            address: IPAddress(v4: 0xC000_0200 + UInt32(choices.below(4))),
            port: 4000 + UInt16(choices.below(3)))
    }

    private mutating func description() -> StreamDescription {
        let flags = choices.byte()
        let remote = address()
        let trusted = address().address
        output.known.formUnion([remote.address, trusted])
        return StreamDescription(
            transport: [.none, .rtp, .rtp, .udptl][Int(flags & 3)],
            remoteRTP: flags & 4 == 0 ? remote : nil, remoteRTCP: flags & 8 == 0 ? remote : nil,
            trustedSources: [remote.address, trusted], isMuxed: flags & 16 != 0,
            remoteReceives: flags & 32 == 0, remoteSends: flags & 64 == 0,
            telephoneEvents: [
                TelephoneEventFormat(
                    payloadType: choices.byte(), clockRate: UInt32(choices.byte()) * 400)
            ], sound: sound(), keys: keys())
    }

    /// Mostly none. The party's key is all zeros: so an input can prove packets.
    private mutating func keys() -> SRTPKeyPair? {
        let drawn = choices.byte()
        guard drawn < 64 else { return nil }
        let suite = SRTPSuite.allCases[Int(drawn) % SRTPSuite.allCases.count]
        let count = suite.keyLength + suite.saltLength
        let fill = drawn & 32
        guard let sent = SRTPKey(suite, bytes: [UInt8](repeating: fill, count: count)),
            let received = SRTPKey(suite, bytes: [UInt8](repeating: 0, count: count))
        else { return nil }
        return SRTPKeyPair(sent: sent, received: received)
    }

    /// Codecs of our own, so that the relay has to decode what comes.
    private mutating func sound() -> SoundDescription {
        let kinds: [SoundKind] = [
            .pcmu, .pcma, .g722, .opus, .linear(sampleRate: 8_000), .linear(sampleRate: 16_000),
        ]
        let formats = (0..<choices.below(4)).map { _ in
            SoundFormat(
                payloadType: choices.byte(), kind: kinds[choices.below(kinds.count)],
                packetTime: .milliseconds(Int64(choices.below(80))))
        }
        return SoundDescription(
            received: formats, sent: formats.last,
            sentEvents: [
                TelephoneEventFormat(
                    payloadType: choices.byte(), clockRate: UInt32(choices.byte()) * 400)
            ])
    }

    private mutating func map() -> PayloadMap {
        PayloadMap(
            (0..<choices.below(4)).map { _ in
                PayloadMap.Pair(received: choices.byte(), sent: choices.byte())
            })
    }

    private mutating func receive() {
        let slot = UInt32(choices.below(8))
        let socket = MediaSocket(
            slot: slot, generation: output.open[slot] ?? UInt32(choices.byte()),
            kind: choices.flag() ? .rtp : .rtcp)
        let source = address()
        var packet = choices.chunk()
        if choices.flag(), packet.count > 1 { packet[0] = 0x80 }
        var bytes = packet.mutableSpan
        core.receive(&bytes, on: socket, from: source, now: now, into: &output)
    }
}
