import Platform
import Testing

@testable import Media

/// What two parties hear of being recorded.
struct RecordToneTests {
    private static let pcma = SoundFormat(payloadType: 8, kind: .pcma)
    private static let pcmu = SoundFormat(payloadType: 0, kind: .pcmu)
    private static let relayed = MediaBridge(streams: [
        MediaBridge.Stream(
            number: 0, forward: PayloadMap([PayloadMap.Pair(received: 8, sent: 8)]),
            backward: PayloadMap([PayloadMap.Pair(received: 8, sent: 8)]))
    ])

    private static let turned = MediaBridge(streams: [
        MediaBridge.Stream(number: 0, forward: PayloadMap(), backward: PayloadMap())
    ])

    private let party = SoundParty()
    private let reel = SoundReel(trackCount: 2)

    private func call(_ other: SoundFormat = pcma) throws -> [MediaLegID] {
        let legs = [
            try party.add(Self.pcma, hertz: 440), try party.add(other, hertz: 620),
        ]
        let isShared = other == Self.pcma
        party.bench.apply(.bridge(legs[0], legs[1], isShared ? Self.relayed : Self.turned))
        return legs
    }

    private func record(_ legs: [MediaLegID], _ country: ToneCountry?) {
        party.bench.apply(.record(legs[0], with: legs[1], on: reel, tone: country))
    }

    /// The 20 ms in which a phone heard 1,400 Hz, by their number.
    private func toned(_ number: Int) -> [Int] {
        let heard = party.phones[number].heard
        let level = 10.0
        return (0..<heard.count / 160).filter { frame in
            let samples = heard[frame * 160..<(frame + 1) * 160]
            // Beside the other's voice, which is 11 dB louder.
            return Tones.purity(samples, 1_400, sampleRate: 8_000) > -level * 2
                && Tones.level(samples) > 100
        }
    }

    private var isRelayed: Bool {
        !party.bench.arrive(party.phones[0].next(), at: 20_000, from: "192.0.2.1:4000").isEmpty
    }

    @Test(arguments: [pcma, pcmu])
    func `both hear it for half a second every 15, over each other, and the reel is without`(
        other: SoundFormat
    ) throws {
        record(try call(other), .us)
        for _ in 0..<5 {
            party.talk(milliseconds: 4_000)
            for track in tracks() {
                #expect(Tones.purity(track[...], 1_400, sampleRate: 16_000) < -40)
            }
        }
        for number in 0...1 {
            let frames = toned(number)
            #expect((24...26).contains(frames.filter { $0 < 100 }.count))
            #expect((24...26).contains(frames.filter { $0 > 700 }.count))
            #expect(frames.allSatisfy { $0 < 100 || $0 > 700 })
            let voice = number == 0 ? 620.0 : 440
            #expect(party.share(of: voice, in: number) > 15)
        }
    }

    /// Since it was asked for last.
    private func tracks() -> [[Int16]] {
        let stretch = reel.take()
        let size = SoundReel.frameSize
        return (0..<2).map { track in
            (0..<stretch.frameCount).flatMap { frame in
                Array(stretch.samples[(frame * 2 + track) * size..<(frame * 2 + track + 1) * size])
            }
        }
    }

    @Test func `it is as long as in the country that it is of`() throws {
        record(try call(), .de)
        party.talk(milliseconds: 3_000)
        for number in 0...1 { #expect((3...5).contains(toned(number).count)) }
    }

    @Test func `it ends with the recording, and packets are passed on as they are again`() throws {
        let legs = try call()
        #expect(isRelayed)
        record(legs, .us)
        party.talk(milliseconds: 200)
        #expect(!isRelayed)
        reel.close()
        party.talk(milliseconds: 100)
        let before = party.phones.map(\.heard.count)
        party.talk(milliseconds: 1_000)
        #expect(isRelayed)
        for number in 0...1 {
            #expect(toned(number).allSatisfy { $0 * 160 < before[number] })
        }
        // And without a tone a recording leaves them as they are.
        let other = SoundReel(trackCount: 2)
        party.bench.apply(.record(legs[0], with: legs[1], on: other))
        party.talk(milliseconds: 100)
        #expect(isRelayed)
    }

    @Test func `it goes on where it was when a party is described anew`() throws {
        let legs = try call()
        record(legs, .us)
        for _ in 0..<8 {
            party.talk(milliseconds: 1_000)
            for leg in legs { party.describe(leg, Self.pcma) }
            party.bench.apply(.bridge(legs[0], legs[1], Self.relayed))
            record(legs, .us)
        }
        for number in 0...1 { #expect((24...26).contains(toned(number).count)) }
    }

    @Test func `it is heard of a party that says nothing, and nothing else is`() throws {
        record(try call(), .us)
        party.talk(milliseconds: 3_000, silent: [0])
        let heard = party.phones[1].heard
        #expect((3_900...4_200).contains(heard.count), "half a second of packets")
        #expect(Tones.purity(heard[400..<3_600], 1_400, sampleRate: 8_000) > 20)
        #expect(toned(0).count >= 24)
    }

    @Test func `who goes on with another hears none, though the first has gone unseen`() throws {
        let legs = try call()
        record(legs, .us)
        party.talk(milliseconds: 200)
        reel.close()
        _ = party.bench.close(legs[1])
        let third = try party.add(Self.pcma, hertz: 520)
        party.bench.apply(.bridge(legs[0], third, Self.relayed))
        party.talk(milliseconds: 100, silent: [1])
        #expect(isRelayed)
        #expect(party.bench.core.taps.isEmpty)
    }
}
