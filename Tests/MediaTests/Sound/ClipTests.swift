import Platform
import Testing

@testable import Media

/// What the exchange says from clips, and what it keeps of what a party says.
struct ClipTests {
    private static let pcma = SoundFormat(payloadType: 8, kind: .pcma)
    private static let g722 = SoundFormat(payloadType: 9, kind: .g722)

    private static func tone(_ hertz: Double, milliseconds: Int) -> SoundClip {
        SoundClip(
            samples: (0..<milliseconds * 16).map {
                Int16(6_000 * SoundGenerator.sine(hertz * Double($0) / 16_000))
            })
    }

    @Test(arguments: [pcma, g722, SoundFormat(payloadType: 111, kind: .opus)])
    func `clips are said in turn, and their end is told once`(format: SoundFormat) throws {
        let party = SoundParty()
        let leg = try party.add(format, hertz: 440)
        let clips = [
            Self.tone(620, milliseconds: 1_010), Self.tone(1_150, milliseconds: 1_003),
        ]
        _ = party.bench.log.take()
        party.bench.apply(.attend(leg, .clips(SoundPlaylist(clips))))
        party.talk(milliseconds: 980, silent: [0])
        #expect(party.share(of: 620, in: 0) > 11)
        #expect(!party.bench.log.take().contains(.finished(leg)))
        party.talk(milliseconds: 1_040, silent: [0])
        #expect(party.share(of: 1_150, in: 0) > 8)
        party.talk(milliseconds: 500, silent: [0])
        #expect(party.bench.log.take().filter { $0 == .finished(leg) }.count == 1)
        _ = party.bench.close(leg)
        #expect(party.bench.core.soundingSlots.isEmpty)
    }

    @Test func `the same playlist goes on over a new description, another begins anew`() throws {
        let party = SoundParty()
        let leg = try party.add(Self.pcma, hertz: 440)
        let long = SoundPlaylist([
            Self.tone(620, milliseconds: 1_000), Self.tone(1_150, milliseconds: 2_000),
        ])
        party.bench.apply(.attend(leg, .clips(long)))
        party.talk(milliseconds: 1_000, silent: [0])
        party.describe(leg, Self.g722)
        party.bench.apply(.attend(leg, .clips(long)))
        party.describe(leg, Self.pcma)
        party.bench.apply(.attend(leg, .clips(long)))
        party.talk(milliseconds: 1_000, silent: [0])
        #expect(party.share(of: 1_150, in: 0) > 8)
        party.bench.apply(.attend(leg, .clips(SoundPlaylist(long.clips))))
        party.talk(milliseconds: 1_000, silent: [0])
        #expect(party.share(of: 620, in: 0) > 8)
    }

    @Test func `clips wait while their party is on hold`() throws {
        let party = SoundParty()
        let leg = try party.add(Self.pcma, hertz: 440)
        let list = SoundPlaylist([Self.tone(620, milliseconds: 1_500)])
        party.bench.apply(.attend(leg, .clips(list)))
        party.talk(milliseconds: 500, silent: [0])
        party.describe(leg, Self.pcma, receives: false)
        party.bench.apply(.attend(leg, .clips(list)))
        party.talk(milliseconds: 2_000, silent: [0])
        #expect(!party.bench.log.take().contains(.finished(leg)))
        party.describe(leg, Self.pcma)
        party.bench.apply(.attend(leg, .clips(list)))
        party.talk(milliseconds: 1_200, silent: [0])
        #expect(party.bench.log.take().contains(.finished(leg)))
    }

    @Test func `a tape keeps what was said, until nothing is said for five seconds`() throws {
        let party = SoundParty()
        let leg = try party.add(Self.pcma, hertz: 440)
        let tape = SoundTape(length: .seconds(60))
        party.bench.apply(.attend(leg, .tape(tape)))
        party.talk(milliseconds: 2_000)
        #expect(!party.bench.log.take().contains(.finished(leg)))
        party.talk(milliseconds: 7_000, silent: [0])
        #expect(party.bench.log.take().filter { $0 == .finished(leg) }.count == 1)
        let said = tape.clip
        #expect(said.length > .seconds(6) && said.length < .seconds(9))
        let middle = said.samples[8_000..<24_000]
        #expect(Tones.purity(middle, 440, sampleRate: 16_000) > 11)
    }

    @Test func `a tape ends after its own pause, and the silence around what was said is cut off`()
        throws
    {
        let party = SoundParty()
        let leg = try party.add(Self.pcma, hertz: 440)
        let tape = SoundTape(length: .seconds(20), pause: .seconds(1))
        party.bench.apply(.attend(leg, .tape(tape)))
        party.talk(milliseconds: 800, silent: [0])
        party.talk(milliseconds: 1_000)
        party.talk(milliseconds: 2_000, silent: [0])
        #expect(party.bench.log.take().contains(.finished(leg)))
        let said = try #require(tape.clip.spokenPart)
        #expect(said.length > .milliseconds(900) && said.length < .milliseconds(1_800))
        #expect(Tones.purity(said.samples[3_000..<14_000], 440, sampleRate: 16_000) > 11)
        #expect(SoundClip(silence: .seconds(3)).spokenPart == nil)
        #expect(SoundClip(samples: []).spokenPart == nil)
    }

    @Test func `a tape that is full ends, and holds no more`() throws {
        let party = SoundParty()
        let leg = try party.add(Self.g722, hertz: 440)
        let tape = SoundTape(length: .seconds(1))
        party.bench.apply(.attend(leg, .tape(tape)))
        party.talk(milliseconds: 1_500)
        #expect(party.bench.log.take().filter { $0 == .finished(leg) }.count == 1)
        #expect(tape.isFull)
        #expect(tape.clip.samples.count == 16_000)
    }

    @Test func `a G.722 file is heard as it was spoken, and bytes of any kind are a clip`() throws {
        let encoder = try #require(G722Encoder(sampleRate: 16_000))
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: 16_000, by: 320) {
            let frame = Self.tone(620, milliseconds: 1_000).samples[start..<start + 320]
            var room = [UInt8](repeating: 0, count: 160)
            var payload = room.mutableSpan
            _ = encoder.encode(Array(frame).span, into: &payload)
            bytes += room
        }
        let clip = try #require(SoundClip(g722: bytes))
        #expect(clip.length == .seconds(1))
        #expect(Tones.purity(clip.samples[4_000...], 620, sampleRate: 16_000) > 11)
        var draw = Seeded(7)
        let noise = (0..<70_001).map { _ in UInt8(truncatingIfNeeded: draw.next()) }
        #expect(SoundClip(g722: noise)?.samples.count == 140_002)
        #expect(SoundClip(g722: [])?.samples.isEmpty == true)
    }

    @Test func `what has no end is a clip of ten seconds`() {
        #expect(SoundClip(.melody).length == .seconds(10))
        #expect(SoundClip(.ready).length == .milliseconds(200))
        #expect(SoundClip(silence: .milliseconds(30)).samples.count == 480)
        #expect(SoundClip(silence: .milliseconds(-30)).samples.isEmpty)
    }
}
