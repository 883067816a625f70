import Platform
import Testing

@testable import Media

/// Fax machines that call a phone, and are heard.
struct FaxEarTests {
    private static let pcma = SoundFormat(payloadType: 8, kind: .pcma)
    private static let relayed = MediaBridge(streams: [
        MediaBridge.Stream(
            number: 0, forward: PayloadMap([PayloadMap.Pair(received: 8, sent: 8)]),
            backward: PayloadMap([PayloadMap.Pair(received: 8, sent: 8)]))
    ])

    private func call(_ hertz: Double, _ party: SoundParty) throws -> [MediaLegID] {
        let legs = [try party.add(Self.pcma, hertz: hertz), try party.add(Self.pcma, hertz: 620)]
        party.bench.apply(.bridge(legs[0], legs[1], Self.relayed))
        party.bench.apply(.listenForFax(legs[0]))
        _ = party.bench.log.take()
        return legs
    }

    private func tones(_ party: SoundParty) -> [MediaEvent] {
        party.bench.log.take().filter { if case .faxTone = $0 { true } else { false } }
    }

    private func isRelayed(_ party: SoundParty) -> Bool {
        !party.bench.arrive(party.phones[0].next(), at: 20_000, from: "192.0.2.1:4000").isEmpty
    }

    @Test func `a caller's tone of 1,100 Hz is told once, while its packets are passed on`()
        throws
    {
        let party = SoundParty()
        let legs = try call(1_100, party)
        #expect(isRelayed(party))
        party.talk(milliseconds: 300)
        #expect(tones(party).isEmpty, "half a tone is none")
        party.talk(milliseconds: 3_000)
        #expect(tones(party) == [.faxTone(legs[0])])
        #expect(isRelayed(party))
        #expect(party.bench.core.soundingSlots.isEmpty, "it is listened to no more")
    }

    @Test(arguments: [440.0, 1_000, 1_400, 2_100])
    func `another tone is no fax machine that calls, and a minute is enough`(hertz: Double) throws {
        let party = SoundParty()
        let legs = try call(hertz, party)
        party.talk(milliseconds: 3_000)
        #expect(tones(party).isEmpty)
        #expect(party.bench.core.soundingSlots.count == 1)
        party.bench.now = party.bench.now + .seconds(58)
        party.bench.core.tick(now: party.bench.now, into: &party.bench.sockets)
        #expect(party.bench.core.soundingSlots.isEmpty)
        // A recording goes on all the same.
        let reel = SoundReel(trackCount: 2)
        party.bench.apply(.listenForFax(legs[0]))
        party.bench.apply(.record(legs[0], with: legs[1], on: reel))
        party.bench.now = party.bench.now + .seconds(61)
        party.talk(milliseconds: 200)
        #expect(party.bench.core.soundingSlots.count == 2)
    }

    @Test(arguments: [8_000, 16_000, 48_000])
    func `the tone is told from its neighbours at every rate`(sampleRate: Int) {
        func tone(_ hertz: Double, _ level: Double = 2_000) -> FaxTone? {
            var detector = FaxToneDetector(sampleRate: sampleRate)
            return detector.hear(
                Tones.sine(hertz, count: sampleRate, sampleRate: sampleRate, level: level).span)
        }
        for hertz in [1_062.0, 1_100, 1_138] { #expect(tone(hertz) == .calling) }
        for hertz in [900.0, 1_300, 1_400, 440] { #expect(tone(hertz) == nil) }
        #expect(tone(2_100) == .called)
        #expect(tone(1_100, 40) == nil, "that soft is nothing")
        var detector = FaxToneDetector(sampleRate: sampleRate)
        #expect(
            detector.hear(Tones.voice(count: sampleRate * 2, sampleRate: sampleRate).span) == nil)
    }
}
