import Platform
import Testing

@testable import Media

/// Who is muted, who only listens, who whispers; and how loud each is.
struct RoomRoleTests {
    private static let room = MediaRoomID(number: 1)
    private static let pcma = SoundFormat(payloadType: 8, kind: .pcma)
    private static let g722 = SoundFormat(payloadType: 9, kind: .g722)
    private static let opus = SoundFormat(payloadType: 111, kind: .opus)
    private static let tones = [440.0, 620, 850, 1_150]

    private let party = SoundParty()

    private func enter(_ format: SoundFormat, as role: RoomRole = .speaker) throws -> MediaLegID {
        let leg = try party.add(format, hertz: Self.tones[party.phones.count])
        party.bench.apply(.attend(leg, .room(Self.room, role)))
        return leg
    }

    private func hears(_ listener: Int, _ speaker: Int) -> Bool {
        party.share(of: Self.tones[speaker], in: listener) > -8
    }

    @Test func `who is muted is heard by nobody, hears the others, and is heard again after it`()
        throws
    {
        let legs = try [Self.pcma, Self.g722, Self.opus].map { try enter($0) }
        party.talk(milliseconds: 1_500)
        #expect(hears(1, 0) && hears(2, 0))
        party.bench.apply(.attend(legs[0], .room(Self.room, .muted)))
        party.talk(milliseconds: 1_500)
        #expect(!hears(1, 0) && !hears(2, 0))
        #expect(hears(0, 1) && hears(0, 2) && hears(1, 2) && hears(2, 1))
        party.bench.apply(.attend(legs[0], .room(Self.room, .speaker)))
        party.talk(milliseconds: 1_500)
        #expect(hears(1, 0) && hears(2, 0) && !hears(0, 0))
    }

    @Test func `nobody hears that a listener comes, speaks or goes, and it hears all`() throws {
        _ = try enter(Self.pcma)
        _ = try enter(Self.g722)
        party.talk(milliseconds: 1_500, silent: [0, 1])
        let listener = try enter(Self.opus, as: .listener)
        party.talk(milliseconds: 1_000, silent: [0, 1])
        for number in 0...1 {
            #expect(Tones.level(party.phones[number].heard.suffix(8_000)) < 20, "\(number)")
        }
        party.talk(milliseconds: 1_500)
        #expect(hears(2, 0) && hears(2, 1) && !hears(0, 2) && !hears(1, 2) && !hears(2, 2))
        party.talk(milliseconds: 1_000, silent: [0, 1])
        _ = party.bench.close(listener)
        party.talk(milliseconds: 1_000, silent: [0, 1, 2])
        for number in 0...1 {
            #expect(Tones.level(party.phones[number].heard.suffix(8_000)) < 20, "\(number)")
        }
    }

    @Test func `who is alone with a listener hears the music of who is alone`() throws {
        _ = try enter(Self.pcma)
        _ = try enter(Self.pcma, as: .listener)
        party.talk(milliseconds: 1_000, silent: [0, 1])
        #expect(Tones.level(party.phones[0].heard.suffix(4_000)) > 300)
    }

    /// Whatever the two speak: the whisper is decoded at the rate of whom it is for.
    @Test(arguments: [pcma, g722, opus], [pcma, g722, opus])
    func `a whisper is heard by one alone, who speaks or not`(
        whisperer: SoundFormat, confidant: SoundFormat
    ) throws {
        let agent = try enter(confidant)
        _ = try enter(Self.pcma)
        _ = try enter(Self.opus)
        _ = try enter(whisperer, as: .whisperer(to: agent))
        party.talk(milliseconds: 1_500)
        #expect(hears(0, 3) && hears(0, 1) && hears(0, 2) && !hears(0, 0))
        for other in [1, 2] { #expect(!hears(other, 3) && hears(other, 0), "\(other)") }
        #expect(hears(3, 0) && hears(3, 1) && hears(3, 2) && !hears(3, 3))
        party.talk(milliseconds: 1_500, silent: [0])
        #expect(hears(0, 3) && hears(0, 1))
        // Of another codec now.
        let other = confidant.kind == .pcma ? Self.g722 : Self.pcma
        party.phones[0] = try TalkingPhone(other, hertz: Self.tones[0])
        party.describe(agent, other)
        party.bench.apply(.attend(agent, .room(Self.room)))
        party.talk(milliseconds: 1_500)
        #expect(hears(0, 3) && hears(0, 1) && !hears(0, 0) && !hears(1, 3))
        // And the agent is gone: nobody hears it.
        _ = party.bench.close(agent)
        party.talk(milliseconds: 1_500, silent: [0])
        #expect(!hears(1, 3) && !hears(2, 3) && hears(3, 1))
    }

    @Test func `a voice that is too quiet is brought up, and one that is too loud down`() throws {
        for _ in 0..<3 { _ = try enter(Self.pcma) }
        party.phones[0].level = 400
        party.phones[1].level = 16_000
        // A tone that never pauses is the noise of a room.
        for _ in 0..<4 {
            party.talk(milliseconds: 1_500)
            party.talk(milliseconds: 400, silent: [0])
        }
        party.talk(milliseconds: 1_500)
        // The third hears both: 32 dB were between them.
        let between = party.share(of: Self.tones[1], in: 2)
        #expect((16...21).contains(between), "\(between)")
    }

    @Test func `the level follows words slowly, and leaves what is usual as it is`() {
        var level = AutomaticLevel()
        for _ in 0..<500 { level.hear(1_500) }
        #expect(level.gain == Gain.unity)
        level = AutomaticLevel()
        for _ in 0..<25 { level.hear(150) }
        // Half a second: less than 2 dB.
        #expect((Gain.unity + 1..<Gain.unity * 5 / 4).contains(level.gain))
        for _ in 0..<500 { level.hear(150) }
        #expect(level.gain == Gain.most)
        for _ in 0..<500 { level.hear(20_000) }
        #expect(level.gain == Gain.unity / 2)
        for _ in 0..<500 { level.hear(0) }
        #expect(level.gain == Gain.most)
    }

    @Test func `a voice fades in and out over a frame, and is not in its own mix`() {
        let voice = [Int16](repeating: 10_000, count: 320)
        var frame = [Int16](repeating: 0, count: 320)
        for gain in [
            Gain(start: 0, end: Gain.unity), Gain(start: Gain.unity, end: 0),
            Gain(start: Gain.unity, end: Gain.unity), Gain(start: Gain.most, end: Gain.most / 3),
        ] {
            var mixer = Mixer(frameSize: 320)
            mixer.begin()
            mixer.add(voice.span, gain)
            var span = frame.mutableSpan
            mixer.all(into: &span)
            let steps = zip(frame, frame.dropFirst()).map { abs(Int($0) - Int($1)) }
            #expect((steps.max() ?? 0) <= 140)
            #expect(abs(Int(frame[0]) - min(32_767, 10_000 * Int(gain.start) / 4_096)) <= 40)
            #expect(abs(Int(frame[319]) - min(32_767, 10_000 * Int(gain.end) / 4_096)) <= 140)
            span = frame.mutableSpan
            mixer.without(voice.span, gain, into: &span)
            #expect(frame.allSatisfy { $0 == 0 })
        }
    }
}
