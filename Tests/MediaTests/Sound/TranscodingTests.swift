import Platform
import Testing

@testable import Media

/// Two phones that share no codec, over the whole of the media core.
struct TranscodingTests {
    private func bench(_ one: SoundFormat, _ other: SoundFormat, events: (UInt8, UInt32)? = nil)
        -> RelayBench
    {
        let bench = RelayBench()
        for (leg, remote, format) in [
            (bench.first, "192.0.2.10:4000", one), (bench.second, "192.0.2.20:5000", other),
        ] {
            bench.apply(.open(leg, MediaLegSetup(callKey: 7), sink: bench.log))
            guard let address = SocketAddress(remote) else { continue }
            let clockRate = UInt32(format.kind.clockRate)
            let event = TelephoneEventFormat(payloadType: 101, clockRate: clockRate)
            bench.apply(
                .describe(
                    leg, stream: 0,
                    StreamDescription(
                        transport: .rtp, remoteRTP: address, trustedSources: [address.address],
                        telephoneEvents: [event],
                        sound: SoundDescription(
                            received: [format], sent: format, sentEvents: [event]))))
        }
        join(bench)
        return bench
    }

    private func join(_ bench: RelayBench) {
        let stream = MediaBridge.Stream(number: 0, forward: PayloadMap(), backward: PayloadMap())
        bench.apply(.bridge(bench.first, bench.second, MediaBridge(streams: [stream])))
    }

    private func talk(
        _ bench: RelayBench, _ one: TalkingPhone, _ other: TalkingPhone, milliseconds: Int
    ) {
        let start = bench.now
        for time in stride(from: 0, to: milliseconds, by: 10) {
            bench.now = start + .milliseconds(Int64(time))
            for (phone, port, remote) in [
                (one, UInt16(20_000), "192.0.2.10:4000"), (other, 20_002, "192.0.2.20:5000"),
            ] where time % phone.milliseconds == 0 {
                _ = bench.arrive(phone.next(), at: port, from: remote)
            }
            bench.sockets.sent = []
            bench.core.tick(now: bench.now, into: &bench.sockets)
            for sent in bench.sockets.sent {
                (sent.from == 20_000 ? one : other).hear(sent.bytes)
            }
        }
    }

    static let pairs: [(SoundFormat, SoundFormat)] = [
        (SoundFormat(payloadType: 8, kind: .pcma), SoundFormat(payloadType: 0, kind: .pcmu)),
        (SoundFormat(payloadType: 8, kind: .pcma), SoundFormat(payloadType: 9, kind: .g722)),
        (SoundFormat(payloadType: 0, kind: .pcmu), SoundFormat(payloadType: 111, kind: .opus)),
        (SoundFormat(payloadType: 9, kind: .g722), SoundFormat(payloadType: 96, kind: .opus)),
        (
            SoundFormat(payloadType: 8, kind: .pcma, packetTime: .milliseconds(30)),
            SoundFormat(payloadType: 0, kind: .pcmu, packetTime: .milliseconds(10))
        ),
        (
            SoundFormat(payloadType: 0, kind: .pcmu, packetTime: .milliseconds(60)),
            SoundFormat(payloadType: 96, kind: .opus, packetTime: .milliseconds(40))
        ),
    ]

    @Test(arguments: pairs)
    func `each hears the other in its own codec and packet time`(
        pair: (SoundFormat, SoundFormat)
    ) throws {
        let one = try TalkingPhone(pair.0, hertz: 440)
        let other = try TalkingPhone(pair.1, hertz: 620)
        let bench = bench(pair.0, pair.1)
        talk(bench, one, other, milliseconds: 3_000)
        for (phone, hertz) in [(one, 620.0), (other, 440)] {
            let count = 3_000 / phone.milliseconds
            #expect((count - 10...count).contains(phone.packets.count), "\(phone.packets.count)")
            let rest = phone.heard[(phone.rate / 2)...]
            let purity = Tones.purity(rest, hertz, sampleRate: phone.rate)
            #expect(purity > 11, "\(hertz) Hz at \(purity) dB")
            #expect((4_000...7_500).contains(Tones.level(rest)))
            let units = UInt32(phone.milliseconds * phone.format.kind.clockRate / 1_000)
            for (before, after) in zip(phone.packets, phone.packets.dropFirst()) {
                #expect(after.sequenceNumber == before.sequenceNumber &+ 1)
                #expect(after.timestamp == before.timestamp &+ units)
                #expect(after.ssrc == before.ssrc && !after.hasMarker)
            }
            #expect(phone.packets.first?.hasMarker == true)
        }
        #expect(bench.close(bench.first)?.unrelayed == 0)
        #expect(bench.core.soundingSlots.isEmpty)
    }

    @Test func `a bridge made anew goes on with source and sequence`() throws {
        let formats = Self.pairs[1]
        let one = try TalkingPhone(formats.0, hertz: 440)
        let other = try TalkingPhone(formats.1, hertz: 620)
        let bench = bench(formats.0, formats.1)
        talk(bench, one, other, milliseconds: 500)
        bench.now = bench.now + .milliseconds(10)
        join(bench)
        talk(bench, one, other, milliseconds: 500)
        for (before, after) in zip(one.packets, one.packets.dropFirst()) {
            #expect(after.sequenceNumber == before.sequenceNumber &+ 1)
            #expect(after.ssrc == before.ssrc)
        }
    }

    @Test func `a key passes under the other's number and clock, once, and sound waits for it`()
        throws
    {
        let formats = Self.pairs[2]
        let one = try TalkingPhone(formats.0, hertz: 440)
        let other = try TalkingPhone(formats.1, hertz: 620)
        let bench = bench(formats.0, formats.1)
        talk(bench, one, other, milliseconds: 400)
        let count = other.packets.count
        func event(_ sequence: UInt16, duration: UInt16, isEnd: Bool = false) -> [UInt8] {
            [0x80, 101, UInt8(sequence >> 8), UInt8(sequence & 0xFF), 0, 0, 99, 0, 0, 0, 0, 7]
                + [5, isEnd ? 0x8A : 0x0A, UInt8(duration >> 8), UInt8(duration & 0xFF)]
        }
        var passed: [[UInt8]] = []
        for (index, duration) in [160, 320, 480, 480, 480].enumerated() {
            bench.now = bench.now + .milliseconds(20)
            let sent = bench.arrive(
                event(UInt16(121 + index), duration: UInt16(duration), isEnd: index >= 2),
                at: 20_000, from: "192.0.2.10:4000")
            passed += sent.filter { $0.from == 20_002 }.map(\.bytes)
            if index < 2 {
                bench.sockets.sent = []
                bench.core.tick(now: bench.now, into: &bench.sockets)
                #expect(!bench.sockets.sent.contains { $0.from == 20_002 })
            }
        }
        #expect(passed.count == 5)
        #expect(passed.map { $0[1] & 0x7F } == [101, 101, 101, 101, 101])
        #expect(passed[0][1] & 0x80 != 0 && passed[1][1] & 0x80 == 0)
        // 480 units of 8000 a second are 2880 of 48000.
        #expect(Array(passed[4].suffix(4)) == [5, 0x8A, 0x0B, 0x40])
        #expect(Set(passed.map { Array($0[4..<8]) }).count == 1)
        #expect(passed[0][8..<12].elementsEqual(passed[4][8..<12]))
        let isTold = bench.log.take().contains {
            if case .digit(_, let key) = $0 { key.code == 5 } else { false }
        }
        #expect(isTold)
        talk(bench, one, other, milliseconds: 200)
        #expect(other.packets.count > count)
    }

    @Test func `what both understand is relayed as it is, in the same call`() throws {
        let bench = RelayBench.bridged()
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000").count == 1)
        #expect(bench.core.soundingSlots.isEmpty)
    }

    @Test func `nothing is sent for a party that is held, and time goes on`() throws {
        let formats = Self.pairs[0]
        let one = try TalkingPhone(formats.0, hertz: 440)
        let other = try TalkingPhone(formats.1, hertz: 620)
        let bench = bench(formats.0, formats.1)
        talk(bench, one, other, milliseconds: 400)
        let (before, count) = (try #require(other.packets.last), other.packets.count)
        for _ in 0..<150 {
            bench.tick(after: .milliseconds(20))
        }
        bench.sockets.sent = []
        bench.tick(after: .milliseconds(20))
        #expect(bench.sockets.sent.isEmpty)
        talk(bench, one, other, milliseconds: 400)
        let again = other.packets.dropFirst(count).first { $0.hasMarker }
        let after = try #require(again)
        #expect(after.ssrc == before.ssrc)
        #expect((3 * 8_000...4 * 8_000).contains(Int(after.timestamp &- before.timestamp)))
    }
}
