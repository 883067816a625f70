import Glibc
import Media
import Platform

/// Sockets that send nowhere.
struct NoSockets: MediaOutput {
    var sent = 0
    var bytes = 0

    mutating func open(
        slot: UInt32, generation: UInt32, network: Int, now: Instant
    ) -> LocalStream? {
        let port = 20_000 + 2 * UInt16(slot)
        return LocalStream(
            rtp: SocketAddress(address: .loopbackV4, port: port),
            rtcp: SocketAddress(address: .loopbackV4, port: port + 1))
    }

    mutating func openAlternate(
        slot: UInt32, generation: UInt32, network: Int, now: Instant
    ) -> SocketAddress? { nil }

    mutating func close(slot: UInt32, generation: UInt32, now: Instant) {}

    mutating func detach(slot: UInt32, generation: UInt32) -> DetachedSockets? { nil }

    mutating func attach(
        _ sockets: DetachedSockets, slot: UInt32, generation: UInt32
    ) -> Bool { false }

    mutating func handshake(_ order: HandshakeOrder) {}

    mutating func send(
        _ packet: Span<UInt8>, on socket: MediaSocket, to: SocketAddress
    ) -> Bool {
        sent += 1
        bytes += packet.count
        return true
    }

    mutating func deliver(_ event: MediaEvent, to sink: any MediaSink) {}
}

/// Listens to nothing.
final class DeafSink: MediaSink {
    func post(_ event: MediaEvent) {}
}

func threadNanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

func pad(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.utf8.count))
}

func packet(_ payloadType: UInt8, _ sequence: Int, _ units: Int, _ payload: [UInt8]) -> [UInt8] {
    let time = UInt32(truncatingIfNeeded: sequence * units)
    return [0x80, payloadType, UInt8(sequence >> 8 & 255), UInt8(sequence & 255)]
        + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: time >> UInt32($0)) } + [0, 0, 0, 1]
        + payload
}

/// What everybody says in a beat, and room for what one of them hears.
struct Voices: ~Copyable {
    let said: [UnsafeMutableBufferPointer<Int16>]
    let heard: UnsafeMutableBufferPointer<Int16>
    let size: Int

    init(parties: Int, rate: Int) {
        let size = rate / 50
        self.size = size
        heard = .allocate(capacity: size)
        heard.initialize(repeating: 0)
        said = (0..<parties).map { party in
            let voice = UnsafeMutableBufferPointer<Int16>.allocate(capacity: size)
            for index in 0..<size {
                voice[index] = Int16(truncatingIfNeeded: (index * (party + 3)) % 2_000) - 1_000
            }
            return voice
        }
    }

    deinit {
        heard.deallocate()
        for voice in said { voice.deallocate() }
    }
}

/// The mixer alone: every party speaks, each gets all the others.
func mixed(_ voices: borrowing Voices, frames: Int) -> Int {
    var mixer = Mixer(frameSize: voices.size)
    var sum = 0
    let start = threadNanoseconds()
    for _ in 0..<frames {
        mixer.begin()
        for voice in voices.said { mixer.add(UnsafeBufferPointer(voice).span) }
        mixer.finish()
        for voice in voices.said {
            var span = voices.heard.mutableSpan
            mixer.without(UnsafeBufferPointer(voice).span, into: &span)
            sum &+= Int(voices.heard[voices.size / 2])
        }
    }
    let cost = (threadNanoseconds() - start) / (frames * voices.said.count)
    precondition(sum != 1)
    return cost
}

/// The same by plain loops over pointers, which the compiler can do eight at once: what the mixer is held
/// against.
func mixedPlainly(_ voices: borrowing Voices, frames: Int) -> Int {
    let size = voices.size
    let total = UnsafeMutablePointer<Int32>.allocate(capacity: size)
    defer { total.deallocate() }
    guard let out = voices.heard.baseAddress else { return 0 }
    var sum = 0
    let start = threadNanoseconds()
    for _ in 0..<frames {
        for index in 0..<size { total[index] = 0 }
        for voice in voices.said {
            guard let voice = voice.baseAddress else { continue }
            for index in 0..<size { total[index] &+= Int32(voice[index]) }
        }
        for voice in voices.said {
            guard let voice = voice.baseAddress else { continue }
            for index in 0..<size {
                let value = total[index] &- Int32(voice[index])
                out[index] = Int16(truncatingIfNeeded: min(max(value, -32_768), 32_767))
            }
            sum &+= Int(out[size / 2])
        }
    }
    let cost = (threadNanoseconds() - start) / (frames * voices.said.count)
    precondition(sum != 1)
    return cost
}

/// A whole room through `MediaCore`: packets in, jitter buffers, decoders, mixer, encoders, packets out.
func room(_ kind: SoundKind, parties: Int, talking: Int, frames: Int) -> Int {
    let rate = kind.sampleRate
    let spoken = kind == .opus ? alone(kind, rate: rate, frames: frames).payloads : []
    let loud = (0..<160).map { UInt8(truncatingIfNeeded: 0x80 | ($0 * 7 & 0x7F)) }
    let quiet = [UInt8](repeating: 0xD5, count: 160)
    var core = MediaCore(
        configuration: MediaConfiguration(networks: [MediaNetwork(bind: .loopbackV4)]))
    var output = NoSockets()
    let sink = DeafSink()
    var now = Instant.start + .seconds(1)
    let remotes = (0..<parties).map {
        SocketAddress(address: .loopbackV4, port: 4_000 + UInt16($0))
    }
    let format = SoundFormat(payloadType: 96, kind: kind)
    for party in 0..<parties {
        let leg = MediaLegID(number: UInt64(party))
        core.apply(.open(leg, MediaLegSetup(callKey: 1), sink: sink), now: now, into: &output)
        core.apply(
            .describe(
                leg, stream: 0,
                StreamDescription(
                    transport: .rtp, remoteRTP: remotes[party], trustedSources: [.loopbackV4],
                    sound: SoundDescription(received: [format], sent: format))), now: now,
            into: &output)
        core.apply(.attend(leg, .room(MediaRoomID(number: 1))), now: now, into: &output)
    }
    let units = kind.clockRate / 50
    var cost = 0
    for frame in 0..<frames {
        var packets = (0..<parties).map { party -> [UInt8] in
            if kind == .opus {
                // Who does not talk sends nothing, as phones with DTX do.
                return party < talking ? packet(96, frame, units, spoken[frame]) : []
            }
            return packet(96, frame, units, party < talking ? loud : quiet)
        }
        let start = threadNanoseconds()
        for party in 0..<parties where !packets[party].isEmpty {
            let socket = MediaSocket(slot: UInt32(party), generation: 0, kind: .rtp)
            var span = packets[party].mutableSpan
            core.receive(&span, on: socket, from: remotes[party], now: now, into: &output)
        }
        core.tick(now: now, into: &output)
        cost += threadNanoseconds() - start
        now = now + .milliseconds(20)
    }
    precondition(output.sent > parties * (frames - 10), "\(output.sent)")
    return cost / (frames * parties)
}
