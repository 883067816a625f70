// Quality CODEC LOSS SEED IN OUT REFERENCE: what a sentence becomes on its way through `MediaCore`
// while packets are lost, and what the same packets become in the codec's reference decoder alone
// with its reference concealment (libopus's own with its copies; libspandsp's for G.711 and G.722).
//
// Files hold bare samples of 16 bits at the codec's rate. LOSS is none, random or burst: 5 % of the
// packets, one at a time or by a two-state chain with three in a row on average.
import COpus
import CSpandsp
import Glibc
import Media
import Platform

func fail(_ text: String) -> Never {
    let line = Array((text + "\n").utf8)
    _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(1)
}

func read(_ path: String) -> [Int16] {
    guard let file = fopen(path, "rb") else { fail("no \(path)") }
    defer { fclose(file) }
    fseek(file, 0, SEEK_END)
    var samples = [Int16](repeating: 0, count: ftell(file) / 2)
    rewind(file)
    _ = fread(&samples, 2, samples.count, file)
    return samples
}

func write(_ samples: [Int16], to path: String) {
    guard let file = fopen(path, "wb") else { fail("can't write \(path)") }
    defer { fclose(file) }
    _ = fwrite(samples, 2, samples.count, file)
}

/// Which packets are lost, of so many.
func lost(_ loss: String, seed: UInt64, count: Int) -> [Bool] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func chance() -> Double {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Double(state >> 11) / Double(1 << 53)
    }
    var isLosing = false
    return (0..<count).map { number in
        switch loss {
        // The first packets belong to the silence before the sentence.
        case "random": return chance() < 0.05 && number > 5
        case "burst":
            isLosing = isLosing ? chance() < 2.0 / 3 : chance() < 0.05 / 0.95 / 3
            return isLosing && number > 5
        default: return false
        }
    }
}

/// A codec's own encoder and decoder, without anything of ours.
struct Reference {
    let kind: SoundKind
    let rate: Int
    private let g722Encoder = g722_encode_init(nil, 64_000, 0)
    private let g722Decoder = g722_decode_init(nil, 64_000, 0)
    private let opusEncoder = opus_encoder_create(16_000, 1, OPUS_APPLICATION_VOIP, nil)
    private let opusDecoder = opus_decoder_create(16_000, 1, nil)
    private let concealment = plc_init(nil)
    private let law: OpaquePointer?

    init(_ kind: SoundKind) {
        self.kind = kind
        rate = kind.sampleRate
        law = g711_init(nil, kind == .pcma ? 0 : 1)
        if let opusEncoder {
            _ = copus_set_complexity(opusEncoder, 5)
            _ = copus_set_bitrate(opusEncoder, 28_000)
            _ = copus_set_fec(opusEncoder, 1)
            _ = copus_set_expected_loss(opusEncoder, 5)
        }
    }

    func encode(_ frame: [Int16]) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: 1_275)
        switch kind {
        case .g722:
            let count = g722_encode(g722Encoder, &out, frame, Int32(frame.count))
            return Array(out.prefix(Int(count)))
        case .opus:
            guard let opusEncoder else { return [] }
            let count = opus_encode(opusEncoder, frame, Int32(frame.count), &out, 1_275)
            return Array(out.prefix(Int(count)))
        case .pcma, .pcmu, .linear:
            let count = g711_encode(law, &out, frame, Int32(frame.count))
            return Array(out.prefix(Int(count)))
        }
    }

    /// Nil: lost, and what comes after it where that is here.
    func decode(_ payload: [UInt8]?, next: [UInt8]?) -> [Int16] {
        let size = rate / 50
        var frame = [Int16](repeating: 0, count: size)
        switch kind {
        case .opus:
            guard let opusDecoder else { return frame }
            if let payload {
                _ = opus_decode(opusDecoder, payload, Int32(payload.count), &frame, Int32(size), 0)
            } else if let next {
                _ = opus_decode(opusDecoder, next, Int32(next.count), &frame, Int32(size), 1)
            } else {
                _ = opus_decode(opusDecoder, nil, 0, &frame, Int32(size), 0)
            }
        case .g722:
            if let payload {
                _ = g722_decode(g722Decoder, &frame, payload, Int32(payload.count))
                _ = plc_rx(concealment, &frame, Int32(size))
            } else {
                _ = plc_fillin(concealment, &frame, Int32(size))
            }
        case .pcma, .pcmu, .linear:
            if let payload {
                _ = g711_decode(law, &frame, payload, Int32(payload.count))
                _ = plc_rx(concealment, &frame, Int32(size))
            } else {
                _ = plc_fillin(concealment, &frame, Int32(size))
            }
        }
        return frame
    }
}

/// Takes what the second leg hears, as L16, at its place in time.
struct Listener: MediaOutput {
    var heard: [Int16] = []
    var first: UInt32?

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
    mutating func handshake(_ order: HandshakeOrder) {}
    mutating func deliver(_ event: MediaEvent, to sink: any MediaSink) {}

    mutating func send(
        _ packet: Span<UInt8>, on socket: MediaSocket, to: SocketAddress
    ) -> Bool {
        guard socket.slot == 1, packet.count > 12 else { return true }
        var time: UInt32 = 0
        for index in 4..<8 { time = time << 8 | UInt32(packet[index]) }
        let start = Int(time &- (first ?? time))
        first = first ?? time
        while heard.count < start { heard.append(0) }
        for index in stride(from: 12, to: packet.count - 1, by: 2) {
            heard.append(
                Int16(bitPattern: UInt16(packet[index]) << 8 | UInt16(packet[index + 1])))
        }
        return true
    }
}

final class DeafSink: MediaSink {
    func post(_ event: MediaEvent) {}
}

func throughCore(_ kind: SoundKind, _ payloads: [[UInt8]], lost: [Bool]) -> [Int16] {
    var core = MediaCore(
        configuration: MediaConfiguration(networks: [MediaNetwork(bind: .loopbackV4)]))
    var output = Listener()
    var now = Instant.start + .seconds(1)
    let kinds = [kind, SoundKind.linear(sampleRate: kind.sampleRate)]
    let remotes = [4_000, 5_000].map { SocketAddress(address: .loopbackV4, port: $0) }
    let sink = DeafSink()
    for (number, kind) in kinds.enumerated() {
        let leg = MediaLegID(number: UInt64(number))
        core.apply(.open(leg, MediaLegSetup(callKey: 1), sink: sink), now: now, into: &output)
        let format = SoundFormat(payloadType: UInt8(96 + number), kind: kind)
        core.apply(
            .describe(
                leg, stream: 0,
                StreamDescription(
                    transport: .rtp, remoteRTP: remotes[number], trustedSources: [.loopbackV4],
                    sound: SoundDescription(received: [format], sent: format))),
            now: now, into: &output)
    }
    let stream = MediaBridge.Stream(number: 0, forward: PayloadMap(), backward: PayloadMap())
    core.apply(
        .bridge(MediaLegID(number: 0), MediaLegID(number: 1), MediaBridge(streams: [stream])),
        now: now, into: &output)
    for (number, payload) in payloads.enumerated() {
        if !lost[number] {
            let time = UInt32(number * kind.clockRate / 50)
            var packet: [UInt8] = [0x80, 96, UInt8(number >> 8 & 255), UInt8(number & 255)]
            packet += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: time >> UInt32($0)) }
            packet += [0, 0, 0, 1] + payload
            var span = packet.mutableSpan
            core.receive(
                &span, on: MediaSocket(slot: 0, generation: 0, kind: .rtp), from: remotes[0],
                now: now, into: &output)
        }
        now = now + .milliseconds(20)
        core.tick(now: now, into: &output)
    }
    for _ in 0..<20 {
        now = now + .milliseconds(20)
        core.tick(now: now, into: &output)
    }
    return output.heard
}

let arguments = CommandLine.arguments
let kinds: [String: SoundKind] = ["pcma": .pcma, "pcmu": .pcmu, "g722": .g722, "opus": .opus]
guard arguments.count == 7, let kind = kinds[arguments[1]], let seed = UInt64(arguments[3]) else {
    fail("Quality pcma|pcmu|g722|opus none|random|burst SEED IN OUT REFERENCE")
}
let reference = Reference(kind)
let samples = read(arguments[4])
let size = kind.sampleRate / 50
let payloads = stride(from: 0, to: samples.count - size + 1, by: size).map {
    reference.encode(Array(samples[$0..<$0 + size]))
}
let missing = lost(arguments[2], seed: seed, count: payloads.count)
write(throughCore(kind, payloads, lost: missing), to: arguments[5])
write(
    payloads.indices.flatMap { number in
        let next = number + 1
        let isNextHere = next < payloads.count && !missing[next]
        return reference.decode(
            missing[number] ? nil : payloads[number], next: isNextHere ? payloads[next] : nil)
    }, to: arguments[6])
