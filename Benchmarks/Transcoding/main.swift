// Transcoding [FRAMES]: the CPU time of one transcoded frame of 20 ms through `MediaCore` (jitter
// buffer, decoder, encoder, packets both ways), beside the codecs' own in the same run; and of a
// room of 32 parties; and of a call that is recorded.
import COpus
import CSpandsp
import Glibc
import Media
import Platform

/// Something like speech: three tones that come and go.
func speech(_ count: Int, rate: Double) -> [Int16] {
    (0..<count).map { index in
        let time = Double(index) / rate
        let gate = max(0, sin(2 * .pi * 3 * time))
        let tones = [220.0, 710, 2_300].map { sin(2 * .pi * $0 * time) }.reduce(0, +)
        return Int16(4_000 * gate * tones)
    }
}

/// What one frame costs in the library alone, at that rate: encode and decode; and the payloads.
func alone(
    _ kind: SoundKind, rate: Int, frames: Int
) -> (encode: Int, decode: Int, payloads: [[UInt8]]) {
    let size = rate / 50
    let samples = speech(size * frames, rate: Double(rate))
    var payloads: [[UInt8]] = []
    var out = [UInt8](repeating: 0, count: 4_000)
    var heard = [Int16](repeating: 0, count: 5_760)
    var encode = 0
    var decode = 0
    switch kind {
    case .g722:
        let options = rate == 8_000 ? Int32(G722_SAMPLE_RATE_8000) : 0
        let encoder = g722_encode_init(nil, 64_000, options)
        let decoder = g722_decode_init(nil, 64_000, options)
        for frame in 0..<frames {
            let start = threadNanoseconds()
            let count = samples[(frame * size)...].withUnsafeBufferPointer {
                g722_encode(encoder, &out, $0.baseAddress, Int32(size))
            }
            let middle = threadNanoseconds()
            _ = g722_decode(decoder, &heard, out, count)
            decode += threadNanoseconds() - middle
            encode += middle - start
            payloads.append(Array(out.prefix(Int(count))))
        }
    case .opus:
        guard let encoder = opus_encoder_create(Int32(rate), 1, OPUS_APPLICATION_VOIP, nil),
            let decoder = opus_decoder_create(Int32(rate), 1, nil)
        else { break }
        _ = copus_set_complexity(encoder, 5)
        _ = copus_set_bitrate(encoder, rate == 8_000 ? 16_000 : 28_000)
        _ = copus_set_fec(encoder, 1)
        _ = copus_set_expected_loss(encoder, 5)
        for frame in 0..<frames {
            let start = threadNanoseconds()
            let frameSamples = Array(samples[(frame * size)..<(frame * size + size)])
            let count = opus_encode(encoder, frameSamples, Int32(size), &out, 1_275)
            let middle = threadNanoseconds()
            _ = opus_decode(decoder, out, count, &heard, Int32(size), 0)
            decode += threadNanoseconds() - middle
            encode += middle - start
            payloads.append(Array(out.prefix(Int(count))))
        }
    case .pcma, .pcmu, .linear:
        // A table lookup a sample: what is left is the way.
        payloads = (0..<frames).map { frame in
            (0..<160).map { UInt8(truncatingIfNeeded: 0xD5 ^ ($0 * frame & 0x3F)) }
        }
    }
    return (encode / max(frames, 1), decode / max(frames, 1), payloads)
}

/// Both directions of a call between two codecs: nanoseconds a frame and direction.
func transcoded(_ one: SoundKind, _ other: SoundKind, frames: Int) -> (way: Int, codecs: Int) {
    let rate = min(one.sampleRate, other.sampleRate)
    let first = alone(one, rate: rate, frames: frames)
    let second = alone(other, rate: rate, frames: frames)
    var core = MediaCore(
        configuration: MediaConfiguration(networks: [MediaNetwork(bind: .loopbackV4)]))
    var output = NoSockets()
    let sink = DeafSink()
    var now = Instant.start + .seconds(1)
    let remotes = [4_000, 5_000].map { SocketAddress(address: .loopbackV4, port: $0) }
    for (number, kind) in [one, other].enumerated() {
        let leg = MediaLegID(number: UInt64(number))
        core.apply(.open(leg, MediaLegSetup(callKey: 1), sink: sink), now: now, into: &output)
        let format = SoundFormat(payloadType: UInt8(96 + number), kind: kind)
        core.apply(
            .describe(
                leg, stream: 0,
                StreamDescription(
                    transport: .rtp, remoteRTP: remotes[number],
                    trustedSources: [.loopbackV4],
                    sound: SoundDescription(received: [format], sent: format))), now: now,
            into: &output)
    }
    let streams = [MediaBridge.Stream(number: 0, forward: PayloadMap(), backward: PayloadMap())]
    core.apply(
        .bridge(MediaLegID(number: 0), MediaLegID(number: 1), MediaBridge(streams: streams)),
        now: now, into: &output)
    let sockets = (0..<2).map { MediaSocket(slot: $0, generation: 0, kind: .rtp) }
    var packets = (0..<frames).map { frame in
        (
            packet(96, frame, one.clockRate / 50, first.payloads[frame]),
            packet(97, frame, other.clockRate / 50, second.payloads[frame])
        )
    }
    let start = threadNanoseconds()
    for frame in 0..<frames {
        var span = packets[frame].0.mutableSpan
        core.receive(&span, on: sockets[0], from: remotes[0], now: now, into: &output)
        var other = packets[frame].1.mutableSpan
        core.receive(&other, on: sockets[1], from: remotes[1], now: now, into: &output)
        core.tick(now: now, into: &output)
        now = now + .milliseconds(20)
    }
    let all = threadNanoseconds() - start
    precondition(output.sent > 2 * frames - 10, "\(output.sent) packets of \(2 * frames)")
    let codecs = first.encode + first.decode + second.encode + second.decode
    return (all / (2 * frames), codecs / 2)
}

let frames = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 5_000 : 5_000
let pairs: [(String, SoundKind, SoundKind)] = [
    ("PCMA and PCMU", .pcma, .pcmu), ("PCMA and G.722", .pcma, .g722),
    ("PCMA and Opus", .pcma, .opus), ("G.722 and Opus", .g722, .opus),
]
print("ns a frame of 20 ms and direction, thread CPU; s a call-minute, sockets left out")
for (name, one, other) in pairs {
    let cost = transcoded(one, other, frames: frames)
    let ratio =
        cost.codecs > 0 ? String(Double(cost.way * 100 / cost.codecs) / 100) + " ×" : "–"
    let minute = Double(cost.way * 6_000 / 1_000_000) / 1_000
    print(
        pad(name, to: 16) + pad("ours \(cost.way)", to: 14)
            + pad("codecs alone \(cost.codecs)", to: 24) + pad(ratio, to: 10) + "\(minute) s")
}

print("\nns a party and frame of 20 ms, 32 parties, thread CPU")
for rate in [8_000, 16_000] {
    let voices = Voices(parties: 32, rate: rate)
    let plain = mixedPlainly(voices, frames: frames)
    let ours = mixed(voices, frames: frames)
    let ratio = Double(ours * 100 / plain) / 100
    print(
        pad("mixer alone, \(rate) Hz", to: 34) + pad("\(ours)", to: 10)
            + "by plain loops \(plain)      \(ratio) ×")
}
for (name, kind) in [("PCMA", SoundKind.pcma), ("Opus", .opus)] {
    for talking in [32, 3] {
        let cost = room(kind, parties: 32, talking: talking, frames: min(frames, 1_000))
        let minute = Double(cost * 3_000 / 1_000_000) / 1_000
        print(
            pad("room of \(name), \(talking) speak", to: 34) + pad("\(cost)", to: 10)
                + "\(minute) s a party-minute")
    }
}

print("\nns a frame of 20 ms of a call of PCMA, thread CPU")
let cost = recorded(frames: frames)
for (name, figure) in [
    ("relayed", cost.relayed), ("relayed and recorded", cost.recorded),
    ("its file, WAV", cost.wave), ("its file, Opus in Ogg", cost.opus),
] {
    let minute = Double(figure * 3_000 / 1_000_000) / 1_000
    print(pad(name, to: 34) + pad("\(figure)", to: 10) + "\(minute) s a call-minute")
}
