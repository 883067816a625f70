import Platform
import Testing

@testable import Media

/// Legs that talk with the exchange itself, and with one another in rooms.
struct RoomTests {
    private static let room = MediaRoomID(number: 1)
    private static let pcma = SoundFormat(payloadType: 8, kind: .pcma)
    private static let opus = SoundFormat(payloadType: 111, kind: .opus)

    @Test(arguments: [
        pcma, SoundFormat(payloadType: 9, kind: .g722), opus,
    ])
    func `an echo gives each word back`(format: SoundFormat) throws {
        let party = SoundParty()
        let leg = try party.add(format, hertz: 440)
        party.bench.apply(.attend(leg, .echo))
        party.talk(milliseconds: 2_000)
        #expect(party.share(of: 440, in: 0) > 11)
        _ = party.bench.close(leg)
        #expect(party.bench.core.soundingSlots.isEmpty)
    }

    @Test func `the level tone is 1004 Hz at -10 dBm0, the melody is heard, each at once`() throws {
        let party = SoundParty()
        let tone = try party.add(Self.pcma, hertz: 440)
        let melody = try party.add(SoundFormat(payloadType: 9, kind: .g722), hertz: 440)
        party.bench.apply(.attend(tone, .tune(.level)))
        party.bench.apply(.attend(melody, .tune(.melody)))
        // Nobody need say a word.
        party.talk(milliseconds: 2_000, silent: [0, 1])
        #expect(party.share(of: 1_004, in: 0) > 30)
        let level = Tones.level(party.phones[0].heard.suffix(4_000))
        #expect((4_900...5_300).contains(level), "\(level)")
        #expect(Tones.level(party.phones[1].heard.suffix(16_000)) > 300)
        #expect(party.phones[0].packets.count >= 98)
    }

    @Test func `of three in a room each hears the other two and not itself`() throws {
        let party = SoundParty()
        let formats = [Self.pcma, SoundFormat(payloadType: 9, kind: .g722), Self.opus]
        let tones = [440.0, 620, 1_150]
        for (format, hertz) in zip(formats, tones) {
            let leg = try party.add(format, hertz: hertz)
            party.bench.apply(.attend(leg, .room(Self.room)))
        }
        party.talk(milliseconds: 3_000)
        for listener in 0..<3 {
            for speaker in 0..<3 {
                let share = party.share(of: tones[speaker], in: listener)
                if speaker == listener {
                    #expect(share < -18, "\(listener) hears itself: \(share)")
                } else {
                    #expect((-3...3).contains(share), "\(listener) hears \(speaker): \(share)")
                }
            }
        }
    }

    @Test func `of many who speak at once by Opus the loudest are heard, by other codecs all`()
        throws
    {
        let party = SoundParty()
        var legs: [MediaLegID] = []
        for number in 0..<10 {
            let leg = try party.add(
                number < 7 ? Self.opus : Self.pcma, hertz: 300 + 130 * Double(number))
            legs.append(leg)
            party.bench.apply(.attend(leg, .room(Self.room)))
        }
        party.talk(milliseconds: 1_500)
        let members = party.bench.core.rooms[0].members
        let mixed = members.map(\.isMixed)
        #expect(mixed[..<7].filter(\.self).count == SoundRoom.dearLimit)
        #expect(!mixed[7...].contains(false))
        // The same ones stay heard.
        party.talk(milliseconds: 500)
        let later = party.bench.core.rooms[0].members.map(\.isMixed)
        #expect(later == mixed)
        // Who was not heard is, once it speaks among few.
        let quiet = try #require(mixed.firstIndex(of: false))
        party.talk(milliseconds: 1_500, silent: Set(mixed.indices).subtracting([quiet]))
        #expect(party.share(of: 300 + 130 * Double(quiet), in: 9) > 11)
    }

    @Test func `two by Opus hear each other's highest tones, and nobody else is harmed by them`()
        throws
    {
        let party = SoundParty()
        let formats = [Self.opus, Self.opus, Self.pcma, SoundFormat(payloadType: 9, kind: .g722)]
        for format in formats {
            let leg = try party.add(format, hertz: 1_000)
            party.bench.apply(.attend(leg, .room(Self.room)))
        }
        let high = try FullPhone(hertz: 10_000)
        for time in stride(from: 0, to: 2_000, by: 20) {
            party.bench.now = .start + .milliseconds(Int64(time))
            _ = party.bench.arrive(high.next(), at: 20_000, from: "192.0.2.1:4000")
            party.bench.sockets.sent = []
            party.bench.core.tick(now: party.bench.now, into: &party.bench.sockets)
            for sent in party.bench.sockets.sent {
                if sent.from == 20_002 { high.hear(sent.bytes) }
                if sent.from > 20_002 { party.phones[Int(sent.from - 20_000) / 2].hear(sent.bytes) }
            }
        }
        // Opus at the bit rate of speech leaves much noise around so strange a sound.
        let heard = high.heard.suffix(48_000)
        #expect(Tones.purity(heard, 10_000, sampleRate: 48_000) > -6)
        #expect(Tones.level(heard) > 1_000)
        // 10 kHz would fold to 6 and to 2 kHz.
        for number in [2, 3] {
            #expect(Tones.level(party.phones[number].heard.suffix(8_000)) < 60, "\(number)")
        }
    }

    @Test func `32 are in a room, the 33rd is refused, and all who listen share one encoder`()
        throws
    {
        let party = SoundParty()
        var legs: [MediaLegID] = []
        for number in 0..<32 {
            let leg = try party.add(number == 31 ? Self.pcma : Self.opus, hertz: 440)
            legs.append(leg)
            party.bench.apply(.attend(leg, .room(Self.room)))
        }
        let extra = try party.add(Self.pcma, hertz: 440)
        _ = party.bench.log.take()
        party.bench.apply(.attend(extra, .room(Self.room)))
        #expect(party.bench.log.take() == [.refused(extra, .roomFull)])
        // One speaks, 31 listen: 30 by Opus, which is encoded once for all of them.
        party.talk(milliseconds: 2_000, silent: Set(1...32))
        for number in 1..<32 {
            #expect(party.share(of: 440, in: number) > 11, "\(number)")
        }
        #expect(party.bench.core.rooms[0].voices.count == 2)
        for leg in legs { _ = party.bench.close(leg) }
        #expect(party.bench.core.rooms.isEmpty)
    }

    @Test func `the first hears music, then a chime when another comes, and one when it goes`()
        throws
    {
        let party = SoundParty()
        let first = try party.add(Self.pcma, hertz: 440)
        party.bench.apply(.attend(first, .room(Self.room)))
        party.talk(milliseconds: 500, silent: [0])
        #expect(Tones.level(party.phones[0].heard.suffix(3_000)) > 300)
        let others = try (0..<2).map { _ in try party.add(Self.pcma, hertz: 620) }
        for other in others {
            party.bench.apply(.attend(other, .room(Self.room)))
            party.talk(milliseconds: 500, silent: [0, 1, 2])
            #expect(Tones.level(party.phones[0].heard.suffix(4_000)) > 500)
        }
        party.talk(milliseconds: 500, silent: [0, 1, 2])
        #expect(Tones.level(party.phones[0].heard.suffix(3_000)) < 20)
        _ = party.bench.close(others[1])
        party.talk(milliseconds: 500, silent: [0, 1, 2])
        #expect(Tones.level(party.phones[0].heard.suffix(4_000)) > 500)
    }

    @Test func `what is announced in a room all hear in turn, who speaks too, and then the melody`()
        throws
    {
        let party = SoundParty()
        let legs = try (0..<3).map { _ in try party.add(Self.pcma, hertz: 440) }
        func tone(_ hertz: Double, seconds: Int) -> SoundPlaylist {
            let samples = (0..<seconds * 16_000).map {
                Int16(6_000 * SoundGenerator.sine(hertz * Double($0) / 16_000))
            }
            return SoundPlaylist([SoundClip(samples: samples)])
        }
        // Nobody is there to hear it, and it is not kept.
        party.bench.apply(.announce(Self.room, tone(300, seconds: 1)))
        for leg in legs { party.bench.apply(.attend(leg, .room(Self.room))) }
        party.talk(milliseconds: 1_000, silent: [0, 1, 2])
        party.bench.apply(.announce(Self.room, tone(620, seconds: 2)))
        party.bench.apply(.announce(Self.room, tone(1_150, seconds: 2)))
        party.talk(milliseconds: 1_900, silent: [1, 2])
        for number in [0, 1, 2] {
            let others = number == 0 ? 10.0 : -4
            #expect(party.share(of: 620, in: number) > others, "\(number)")
        }
        _ = party.bench.close(legs[1])
        _ = party.bench.close(legs[2])
        party.talk(milliseconds: 2_000, silent: [0, 1, 2])
        #expect(party.share(of: 1_150, in: 0) > 5)
        #expect(party.bench.core.rooms[0].announcements.count == 1)
        party.talk(milliseconds: 1_500, silent: [0, 1, 2])
        #expect(party.bench.core.rooms[0].announcements.isEmpty)
        #expect(party.share(of: 1_150, in: 0) < 0)
        #expect(Tones.level(party.phones[0].heard.suffix(3_000)) > 300)
        for _ in 0..<40 { party.bench.apply(.announce(Self.room, tone(620, seconds: 1))) }
        #expect(
            party.bench.core.rooms[0].announcements.count == SoundRoom.announcementLimit)
    }

    @Test func `who holds hears nothing and stays in the room`() throws {
        let party = SoundParty()
        let tones = [440.0, 620]
        let legs = try tones.map { try party.add(Self.pcma, hertz: $0) }
        for leg in legs { party.bench.apply(.attend(leg, .room(Self.room))) }
        party.talk(milliseconds: 500)
        party.describe(legs[0], Self.pcma, receives: false)
        party.bench.apply(.attend(legs[0], .room(Self.room)))
        let count = party.phones[0].packets.count
        party.talk(milliseconds: 500)
        #expect(party.phones[0].packets.count == count)
        party.describe(legs[0], Self.pcma)
        party.bench.apply(.attend(legs[0], .room(Self.room)))
        party.talk(milliseconds: 1_500)
        #expect(party.share(of: 620, in: 0) > 15)
        #expect(party.bench.core.rooms[0].members.count == 2)
    }

    @Test func `a leg that is bridged leaves its room; one without our codecs is refused`() throws {
        let party = SoundParty()
        let legs = try (0..<3).map { _ in try party.add(Self.pcma, hertz: 440) }
        for leg in legs { party.bench.apply(.attend(leg, .room(Self.room))) }
        let map = PayloadMap([PayloadMap.Pair(received: 8, sent: 8)])
        let stream = MediaBridge.Stream(number: 0, forward: map, backward: map)
        party.bench.apply(.bridge(legs[0], legs[1], MediaBridge(streams: [stream])))
        #expect(party.bench.core.rooms[0].members.count == 1)
        #expect(
            party.bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.1:4000").map(\.from)
                == [20_002])
        let deaf = MediaLegID(number: 99)
        party.bench.apply(.open(deaf, MediaLegSetup(callKey: 7), sink: party.bench.log))
        _ = party.bench.log.take()
        party.bench.apply(.attend(deaf, .echo))
        #expect(party.bench.log.take() == [.refused(deaf, .noSound)])
    }

    @Test func `noise is not taken for a voice, speech is`() {
        var activity = VoiceActivity()
        var random = Seeded(1)
        let noise = (0..<320).map { _ in Int16(random.below(120)) - 60 }
        for _ in 0..<100 { activity.hear(noise.span) }
        #expect(!activity.isSpeaking)
        let voice = Tones.sine(300, count: 320, sampleRate: 16_000, level: 2_000)
        activity.hear(voice.span)
        #expect(activity.isSpeaking)
        for _ in 0..<20 { activity.hear(noise.span) }
        #expect(!activity.isSpeaking)
    }
}

/// A phone that speaks and hears Opus at 48,000 samples a second.
private final class FullPhone {
    private let encoder: any SoundEncoder
    private let decoder: any SoundDecoder
    private let hertz: Double
    private var sequence: UInt16 = 0
    private(set) var heard: [Int16] = []

    init(hertz: Double) throws {
        self.hertz = hertz
        encoder = try #require(SoundKind.opus.makeEncoder(sampleRate: SoundKind.full))
        decoder = try #require(SoundKind.opus.makeDecoder(sampleRate: SoundKind.full))
    }

    func next() -> [UInt8] {
        let start = Int(sequence) * 960
        let tone = Tones.sine(hertz, count: start + 960, sampleRate: 48_000)
        var payload = [UInt8](repeating: 0, count: 1_280)
        let part = Array(tone[start...])
        var room = payload.mutableSpan
        let count = encoder.encode(part.span, into: &room)
        sequence += 1
        return [0x80, 111, UInt8(sequence >> 8), UInt8(sequence & 0xFF)]
            + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: UInt32(start) >> UInt32($0)) }
            + [0, 0, 0, 7] + payload.prefix(count)
    }

    func hear(_ bytes: [UInt8]) {
        guard let header = RTPHeader(bytes.span) else { return }
        var samples = [Int16](repeating: 0, count: 5_760)
        var room = samples.mutableSpan
        let count = decoder.decode(Array(bytes[header.payload]).span, into: &room)
        heard += samples.prefix(count)
    }
}
