import Platform
import Testing

@testable import Media

/// What is recorded of legs and rooms, and that nobody notices.
struct TapTests {
    private static let pcma = SoundFormat(payloadType: 8, kind: .pcma)
    private static let g722 = SoundFormat(payloadType: 9, kind: .g722)

    private static func bridge(_ pairs: [PayloadMap.Pair]) -> MediaBridge {
        MediaBridge(streams: [
            MediaBridge.Stream(
                number: 0, forward: PayloadMap(pairs), backward: PayloadMap(pairs))
        ])
    }

    private static let relayed = bridge([PayloadMap.Pair(received: 8, sent: 8)])

    /// Track by track.
    private func tracks(of reel: SoundReel) -> [[Int16]] {
        let stretch = reel.take()
        let size = SoundReel.frameSize
        return (0..<reel.trackCount).map { track in
            (0..<stretch.frameCount).flatMap { frame in
                let start = (frame * reel.trackCount + track) * size
                return Array(stretch.samples[start..<start + size])
            }
        }
    }

    @Test func `two phones whose packets are relayed as they are have a track each`() throws {
        let party = SoundParty()
        let legs = [
            try party.add(Self.pcma, hertz: 440), try party.add(Self.pcma, hertz: 620),
        ]
        party.bench.apply(.bridge(legs[0], legs[1], Self.relayed))
        let reel = SoundReel(trackCount: 2)
        party.bench.apply(.record(legs[0], with: legs[1], on: reel))
        party.talk(milliseconds: 2_000)
        let heard = tracks(of: reel)
        #expect((98...101).contains(heard[0].count / 320))
        #expect(Tones.purity(heard[0].suffix(16_000), 440, sampleRate: 16_000) > 15)
        #expect(Tones.purity(heard[1].suffix(16_000), 620, sampleRate: 16_000) > 15)
        // They hear each other as before: packets go on at once.
        #expect(
            party.bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.1:4000").map(\.from)
                == [20_002])
    }

    @Test func `who is on hold or gone is silent on the reel, and time goes on`() throws {
        let party = SoundParty()
        let legs = [
            try party.add(Self.pcma, hertz: 440), try party.add(Self.pcma, hertz: 620),
        ]
        party.bench.apply(.bridge(legs[0], legs[1], Self.relayed))
        let reel = SoundReel(trackCount: 2)
        party.bench.apply(.record(legs[0], with: legs[1], on: reel))
        party.talk(milliseconds: 1_000)
        party.bench.apply(.attend(legs[1], .tune(.melody)))
        party.talk(milliseconds: 1_000, silent: [0])
        _ = reel.take()
        _ = party.bench.close(legs[0])
        party.talk(milliseconds: 1_000, silent: [0])
        let heard = tracks(of: reel)
        #expect((49...51).contains(heard[0].count / 320))
        #expect(heard[0].suffix(3_000).allSatisfy { $0 == 0 })
        #expect(Tones.purity(heard[1].suffix(8_000), 620, sampleRate: 16_000) > 15)
        _ = party.bench.close(legs[1])
        #expect(party.bench.core.taps.isEmpty)
    }

    @Test func `phones of different codecs are recorded, too, and a reel that is closed no longer`()
        throws
    {
        let party = SoundParty()
        let legs = [
            try party.add(Self.pcma, hertz: 440), try party.add(Self.g722, hertz: 620),
        ]
        let reel = SoundReel(trackCount: 2)
        party.bench.apply(.record(legs[0], with: legs[1], on: reel))
        party.bench.apply(.bridge(legs[0], legs[1], Self.bridge([])))
        party.talk(milliseconds: 2_000)
        let heard = tracks(of: reel)
        #expect(Tones.purity(heard[0].suffix(16_000), 440, sampleRate: 16_000) > 11)
        #expect(Tones.purity(heard[1].suffix(16_000), 620, sampleRate: 16_000) > 11)
        #expect(party.share(of: 620, in: 0) > 11)
        reel.close()
        party.talk(milliseconds: 200)
        #expect(party.bench.core.taps.isEmpty)
        #expect(reel.take().frameCount <= 1)
        #expect(party.share(of: 620, in: 0) > 11)
    }

    @Test func `a room is recorded as a listener would hear it`() throws {
        let party = SoundParty()
        let room = MediaRoomID(number: 5)
        let reel = SoundReel(trackCount: 1)
        party.bench.apply(.recordRoom(room, on: reel))
        for hertz in [440.0, 620] {
            let leg = try party.add(Self.g722, hertz: hertz)
            party.bench.apply(.attend(leg, .room(room)))
        }
        party.talk(milliseconds: 2_000)
        let heard = tracks(of: reel)[0].suffix(16_000)
        for hertz in [440.0, 620] {
            let share = Tones.purity(heard, hertz, sampleRate: 16_000)
            #expect((-3...3).contains(share), "\(hertz): \(share)")
        }
    }

    @Test func `a full reel drops what comes, counts it, and goes on when it is taken from`() throws
    {
        let party = SoundParty()
        let leg = try party.add(Self.pcma, hertz: 440)
        party.bench.apply(.attend(leg, .tune(.silence)))
        let reel = SoundReel(trackCount: 1)
        party.bench.apply(.record(leg, with: nil, on: reel))
        party.talk(milliseconds: 9_000)
        let full = reel.take()
        #expect(full.frameCount == SoundReel.capacity && full.droppedCount >= 45)
        party.talk(milliseconds: 1_000)
        let next = reel.take()
        #expect((48...51).contains(next.frameCount) && next.droppedCount == 0)
    }
}
