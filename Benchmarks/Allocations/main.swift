// Allocations [SECONDS]: how often memory is asked for per packet and frame on every path of sound,
// which is to be never. Ends with 1 where it is.
import CountedMemory
import Glibc
import Media
import Platform

/// A path: what is set up once, and what comes in and goes out each 20 ms.
struct Path {
    var name: String
    var codecs: [SoundKind]
    /// Payload types that pass as they are.
    var isRelayed = false
    var isEncrypted = false
    var isRecorded = false
    var tone: ToneCountry?
    var isRoom = false
}

let paths = [
    Path(name: "relay", codecs: [.pcma, .pcma], isRelayed: true),
    Path(name: "relay, encrypted", codecs: [.pcma, .pcma], isRelayed: true, isEncrypted: true),
    Path(name: "PCMA and PCMU", codecs: [.pcma, .pcmu]),
    Path(name: "PCMA and G.722", codecs: [.pcma, .g722]),
    Path(name: "PCMA and Opus", codecs: [.pcma, .opus]),
    Path(name: "G.722 and Opus", codecs: [.g722, .opus]),
    Path(name: "relay, recorded", codecs: [.pcma, .pcma], isRelayed: true, isRecorded: true),
    Path(
        name: "recorded, with tone", codecs: [.pcma, .pcma], isRelayed: true, isRecorded: true,
        tone: .at),
    Path(name: "room of 8, PCMA", codecs: Array(repeating: .pcma, count: 8), isRoom: true),
    Path(
        name: "room of 8, mixed",
        codecs: [.pcma, .g722, .opus, .pcmu, .pcma, .g722, .opus, .pcma], isRoom: true),
]

/// The payload that a silent party of that codec sends; of Opus one that its encoder would make.
func payload(_ kind: SoundKind) -> [UInt8] {
    switch kind {
    case .opus: [0x48, 0x83, 0x04] + (0..<57).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    case .g722: (0..<160).map { UInt8(truncatingIfNeeded: 0xFA &+ $0 % 3) }
    case .pcma, .pcmu: (0..<160).map { UInt8(truncatingIfNeeded: 0x80 | ($0 * 7 & 0x7F)) }
    case .linear: [UInt8](repeating: 0, count: 320)
    }
}

func key(_ start: UInt8) -> SRTPKey? {
    let suite = SRTPSuite.galois128
    let count = suite.keyLength + suite.saltLength
    return SRTPKey(suite, bytes: (0..<count).map { start &+ UInt8(truncatingIfNeeded: $0) })
}

func description(_ kind: SoundKind, _ remote: SocketAddress, _ keys: SRTPKeyPair?)
    -> StreamDescription
{
    let format = SoundFormat(payloadType: 96, kind: kind)
    return StreamDescription(
        transport: .rtp, remoteRTP: remote, trustedSources: [.loopbackV4],
        sound: SoundDescription(received: [format], sent: format), keys: keys)
}

/// One run over a path.
struct Run: ~Copyable {
    var core = MediaCore(
        configuration: MediaConfiguration(networks: [MediaNetwork(bind: .loopbackV4)]))
    var output = NoSockets()
    var now = Instant.start + .seconds(1)
    let path: Path
    let remotes: [SocketAddress]
    let reel = SoundReel(trackCount: 2)

    init(_ path: Path) {
        self.path = path
        remotes = path.codecs.indices.map {
            SocketAddress(address: .loopbackV4, port: 4_000 + UInt16($0))
        }
    }

    mutating func apply(_ command: MediaCommand) {
        core.apply(command, now: now, into: &output)
    }

    /// - Parameter keys: what each party's packets are sealed with, where they are.
    mutating func begin(_ keys: [SRTPKeyPair?]) {
        let sink = DeafSink()
        for (number, kind) in path.codecs.enumerated() {
            let leg = MediaLegID(number: UInt64(number))
            apply(.open(leg, MediaLegSetup(callKey: 1), sink: sink))
            apply(.describe(leg, stream: 0, description(kind, remotes[number], keys[number])))
            if path.isRoom { apply(.attend(leg, .room(MediaRoomID(number: 1)))) }
        }
        let legs = (0..<2).map { MediaLegID(number: UInt64($0)) }
        if !path.isRoom {
            let map = PayloadMap(path.isRelayed ? [PayloadMap.Pair(received: 96, sent: 96)] : [])
            let stream = MediaBridge.Stream(number: 0, forward: map, backward: map)
            apply(.bridge(legs[0], legs[1], MediaBridge(streams: [stream])))
        }
        if path.isRecorded { apply(.record(legs[0], with: legs[1], on: reel, tone: path.tone)) }
    }

    /// Takes a packet of each party, and a beat; how often memory was asked for.
    mutating func pass(_ packets: inout [[UInt8]]) -> Int {
        // A packet's own memory is the socket's, made before: not shared with the list that it came of.
        for number in packets.indices { packets[number].withUnsafeMutableBytes { _ in } }
        counted_memory_begin()
        for number in packets.indices {
            var span = packets[number].mutableSpan
            let socket = MediaSocket(slot: UInt32(number), generation: 0, kind: .rtp)
            core.receive(&span, on: socket, from: remotes[number], now: now, into: &output)
        }
        core.tick(now: now, into: &output)
        let count = counted_memory_end()
        if path.isRecorded { _ = reel.take() }
        now = now + .milliseconds(20)
        return count
    }
}

/// What a sealing relay makes of plain packets: what an encrypted phone sends.
func sealed(_ plain: [[UInt8]], with keys: SRTPKeyPair) -> [[UInt8]] {
    var run = Run(Path(name: "", codecs: [.pcma, .pcma], isRelayed: true))
    run.output.keepsPackets = true
    run.begin([nil, keys])
    return plain.map { packet in
        var packets = [packet, packet]
        run.output.kept = []
        _ = run.pass(&packets)
        return run.output.kept.first ?? packet
    }
}

func allocations(_ path: Path, frames: Int) -> (packets: Int, count: Int) {
    guard let first = key(1), let second = key(90) else { return (0, -1) }
    var streams = path.codecs.enumerated().map { number, kind in
        (0..<frames).map {
            packet(96, $0, kind.clockRate / 50, payload(kind), source: UInt8(number + 1))
        }
    }
    var keys: [SRTPKeyPair?] = path.codecs.map { _ in nil }
    if path.isEncrypted {
        streams = streams.map { sealed($0, with: SRTPKeyPair(sent: first, received: second)) }
        keys = path.codecs.map { _ in SRTPKeyPair(sent: second, received: first) }
    }
    var run = Run(path)
    run.begin(keys)
    var total = 0
    for frame in 0..<frames {
        var packets = streams.map { $0[frame] }
        // The first second makes what is kept: encoders that listeners share, tables of codecs.
        let count = run.pass(&packets)
        if frame >= 50 { total += count }
    }
    return (run.output.sent, total)
}

func packet(
    _ payloadType: UInt8, _ sequence: Int, _ units: Int, _ payload: [UInt8], source: UInt8
) -> [UInt8] {
    let time = UInt32(truncatingIfNeeded: sequence * units)
    return [0x80, payloadType, UInt8(sequence >> 8 & 255), UInt8(sequence & 255)]
        + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: time >> UInt32($0)) }
        + [0, 0, 0, source] + payload
}

/// Sockets that send nowhere.
struct NoSockets: MediaOutput {
    var sent = 0
    var keepsPackets = false
    var kept: [[UInt8]] = []

    mutating func open(
        slot: UInt32, generation: UInt32, network: Int, now: Instant
    ) -> LocalStream? {
        let port = 20_000 + 2 * UInt16(slot)
        return LocalStream(
            rtp: SocketAddress(address: .loopbackV4, port: port),
            rtcp: SocketAddress(address: .loopbackV4, port: port + 1))
    }

    mutating func close(slot: UInt32, generation: UInt32, now: Instant) {}

    mutating func detach(slot: UInt32, generation: UInt32) -> DetachedSockets? { nil }

    mutating func attach(
        _ sockets: DetachedSockets, slot: UInt32, generation: UInt32
    ) -> Bool { false }

    mutating func send(
        _ packet: Span<UInt8>, on socket: MediaSocket, to: SocketAddress
    ) -> Bool {
        sent += 1
        if keepsPackets, socket.slot == 1 {
            kept.append(packet.withUnsafeBufferPointer { Array($0) })
        }
        return true
    }

    mutating func handshake(_ order: HandshakeOrder) {}

    mutating func deliver(_ event: MediaEvent, to sink: any MediaSink) {}
}

/// Listens to nothing.
final class DeafSink: MediaSink {
    func post(_ event: MediaEvent) {}
}

let seconds = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 4 : 4
var isClean = true
print("allocations in \(seconds) s of sound, after the first second")
for path in paths {
    let found = allocations(path, frames: 50 * (seconds + 1))
    let name = path.name + String(repeating: " ", count: max(0, 20 - path.name.utf8.count))
    print("\(name) \(found.count) for \(found.packets) packets sent")
    isClean = isClean && found.count == 0 && found.packets > 50 * seconds
}
exit(isClean ? 0 : 1)
