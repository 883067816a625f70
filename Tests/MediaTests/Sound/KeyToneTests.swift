import Platform
import Testing

@testable import Media

/// Keys that are told by their tones alone.
struct KeyToneTests {
    private static let all = "1234567890*#ABCD"
    private static let low: [Double] = [697, 770, 852, 941]
    private static let high: [Double] = [1_209, 1_336, 1_477, 1_633]
    private static let rows = ["123A", "456B", "789C", "*0#D"]

    /// The sound of keys: so long a tone, so long a pause.
    static func sound(
        _ keys: String, sampleRate: Int, tone: Int = 80, pause: Int = 80, level: Double = 4_000
    ) -> [Int16] {
        var sound = [Int16](repeating: 0, count: sampleRate / 10)
        for key in keys {
            for (row, names) in rows.enumerated() {
                guard let column = Array(names).firstIndex(of: key) else { continue }
                let count = sampleRate * tone / 1_000
                let one = Tones.sine(low[row], count: count, sampleRate: sampleRate, level: level)
                let other = Tones.sine(
                    high[column], count: count, sampleRate: sampleRate, level: level)
                sound += zip(one, other).map { $0 + $1 }
            }
            sound += [Int16](repeating: 0, count: sampleRate * pause / 1_000)
        }
        return sound + [Int16](repeating: 0, count: sampleRate / 5)
    }

    private static func packets(_ sound: [Int16], law: G711Law = .a) -> [[UInt8]] {
        let encoder = G711Encoder(law: law, sampleRate: 8_000)
        return stride(from: 0, to: sound.count - 159, by: 160).enumerated().map { number, start in
            let time = UInt32(start)
            return [0x80, 8, UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]
                + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: time >> UInt32($0)) }
                + [0, 0, 0, 7] + encoder.encoded(Array(sound[start..<start + 160]))
        }
    }

    /// What a receiver hears of packets, those of the numbers in `lost` left out.
    private static func heard(
        _ packets: [[UInt8]], lost: Set<Int> = [], sampleRate: Int
    ) -> String {
        let receiver = SoundReceiver(
            formats: [SoundFormat(payloadType: 8, kind: .pcma)], sampleRate: sampleRate,
            hearsKeys: true)
        var keys = ""
        for number in 0..<packets.count + 20 {
            let now = Instant.start + .milliseconds(Int64(1_000 + 20 * number))
            if number < packets.count, !lost.contains(number) {
                let packet = packets[number]
                guard let header = RTPHeader(packet.span) else { continue }
                receiver.receive(packet.span, header, now: now)
            }
            receiver.pull(now: now + .milliseconds(5))
            while let code = receiver.takeKey() {
                keys += TelephoneEvent(code: code, duration: .zero).character.map(String.init) ?? ""
            }
        }
        return keys
    }

    @Test(arguments: [8_000, 16_000])
    func `every key is heard once, at both rates`(sampleRate: Int) {
        let packets = Self.packets(Self.sound(Self.all, sampleRate: 8_000))
        #expect(Self.heard(packets, sampleRate: sampleRate) == Self.all)
        let twice = Self.packets(Self.sound("5500", sampleRate: 8_000, tone: 60, pause: 60))
        #expect(Self.heard(twice, sampleRate: sampleRate) == "5500")
    }

    @Test func `keys are collected exactly while five packets in a hundred are lost`() {
        var draw = Seeded(4_711)
        let packets = Self.packets(Self.sound(Self.all, sampleRate: 8_000, tone: 100, pause: 100))
        for _ in 0..<200 {
            let lost = Set(packets.indices.filter { _ in draw.next() % 100 < 5 })
            // Bursts that swallow a key whole, or the pause between two, tell nothing of it.
            guard !lost.contains(where: { lost.contains($0 + 1) }) else { continue }
            #expect(Self.heard(packets, lost: lost, sampleRate: 8_000) == Self.all, "\(lost)")
        }
    }

    @Test func `music and noise hold no keys`() {
        var melody = SoundGenerator(.melody, sampleRate: 8_000)
        var sound = [Int16](repeating: 0, count: 80_000)
        var span = sound.mutableSpan
        melody.make(80_000, into: &span)
        #expect(Self.heard(Self.packets(sound), sampleRate: 8_000) == "")
        var draw = Seeded(9)
        let noise = (0..<80_000).map { _ in Int16(truncatingIfNeeded: draw.next()) / 8 }
        #expect(Self.heard(Self.packets(noise), sampleRate: 8_000) == "")
    }

    private static func said(_ bench: RelayBench) -> String {
        bench.log.take().reduce(into: "") { keys, event in
            if case .digit(_, let key) = event, let character = key.character {
                keys.append(character)
            }
        }
    }

    private static func bench(events: [TelephoneEventFormat]) -> RelayBench {
        let bench = RelayBench()
        bench.apply(.open(bench.first, MediaLegSetup(callKey: 7), sink: bench.log))
        let format = SoundFormat(payloadType: 8, kind: .pcma)
        let address = SocketAddress("192.0.2.10:4000")
        bench.apply(
            .describe(
                bench.first, stream: 0,
                StreamDescription(
                    transport: .rtp, remoteRTP: address,
                    trustedSources: [address?.address].compactMap(\.self),
                    telephoneEvents: events,
                    sound: SoundDescription(received: [format], sent: format))))
        return bench
    }

    private static func say(_ packets: [[UInt8]], to bench: RelayBench) -> [[UInt8]] {
        var sent: [[UInt8]] = []
        for packet in packets {
            _ = bench.arrive(packet, at: 20_000, from: "192.0.2.10:4000")
            bench.sockets.sent = []
            bench.tick(after: .milliseconds(20))
            sent += bench.sockets.sent.filter { $0.from == 20_002 }.map(\.bytes)
        }
        return sent
    }

    @Test(arguments: [
        Attendance.tune(.silence), .tune(.melody), .echo, .room(MediaRoomID(number: 1)),
    ])
    func `a leg without events tells its keys by sound, whatever it hears`(
        attendance: Attendance
    ) {
        let bench = Self.bench(events: [])
        bench.apply(.attend(bench.first, attendance))
        _ = Self.say(Self.packets(Self.sound("4711#", sampleRate: 8_000)), to: bench)
        #expect(Self.said(bench) == "4711#")
    }

    /// The last key at the door of a conference sounds on inside, where its party is heard at another rate.
    @Test func `a key that sounds on into a room is told once`() {
        let bench = Self.bench(events: [])
        bench.apply(.attend(bench.first, .tune(.silence)))
        let packets = Self.packets(Self.sound("4#", sampleRate: 8_000, tone: 400))
        for index in packets.indices {
            _ = Self.say([packets[index]], to: bench)
            if index == 10 {
                bench.apply(.attend(bench.first, .room(MediaRoomID(number: 1))))
            }
        }
        #expect(Self.said(bench) == "4#")
    }

    @Test func `a key that sounds on while its leg goes to another loop is told once`() throws {
        let bench = Self.bench(events: [])
        bench.apply(.attend(bench.first, .tune(.silence)))
        let packets = Self.packets(Self.sound("4#", sampleRate: 8_000, tone: 400))
        _ = Self.say(Array(packets[..<10]), to: bench)
        let other = RelayBench()
        other.now = bench.now
        let moving = try #require(
            bench.core.release(bench.first, now: bench.now, into: &bench.sockets))
        other.core.adopt(moving, now: other.now, into: &other.sockets)
        other.apply(.attend(bench.first, .room(MediaRoomID(number: 1))))
        _ = Self.say(Array(packets[10...]), to: other)
        #expect(Self.said(bench) == "4#")
    }

    @Test func `a leg that agreed on events is not listened to for keys`() {
        let bench = Self.bench(events: [TelephoneEventFormat(payloadType: 101, clockRate: 8_000)])
        bench.apply(.attend(bench.first, .echo))
        _ = Self.say(Self.packets(Self.sound("4711#", sampleRate: 8_000)), to: bench)
        #expect(Self.said(bench) == "")
    }

    @Test func `keys by sound reach a party of another codec as events, each once`() throws {
        let bench = Self.bench(events: [])
        bench.apply(.open(bench.second, MediaLegSetup(callKey: 7), sink: bench.log))
        let opus = SoundFormat(payloadType: 111, kind: .opus)
        let event = TelephoneEventFormat(payloadType: 102, clockRate: 48_000)
        let address = try #require(SocketAddress("192.0.2.20:5000"))
        bench.apply(
            .describe(
                bench.second, stream: 0,
                StreamDescription(
                    transport: .rtp, remoteRTP: address, trustedSources: [address.address],
                    telephoneEvents: [event],
                    sound: SoundDescription(
                        received: [opus], sent: opus, sentEvents: [event]))))
        let stream = MediaBridge.Stream(number: 0, forward: PayloadMap(), backward: PayloadMap())
        bench.apply(.bridge(bench.first, bench.second, MediaBridge(streams: [stream])))
        let packets = Self.packets(Self.sound("4711#", sampleRate: 8_000, tone: 200))
        var detector = TelephoneEventDetector()
        var keys = ""
        var durations: [Duration] = []
        for bytes in Self.say(packets, to: bench) {
            guard let header = RTPHeader(bytes.span), header.payloadType == 102,
                let packet = TelephoneEventPacket(bytes.span, header: header)
            else { continue }
            detector.receive(packet, clockRate: 48_000, now: .start) { key in
                keys += key.character.map(String.init) ?? ""
                durations.append(key.duration)
            }
        }
        #expect(keys == "4711#")
        #expect(durations.allSatisfy { (.milliseconds(100)...(.milliseconds(260))).contains($0) })
        #expect(Self.said(bench) == "4711#")
    }
}
