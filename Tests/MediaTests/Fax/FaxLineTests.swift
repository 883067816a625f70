import Platform
import Testing

@testable import Media

/// Between a media loop and a fax machine; and the tones that tell one.
struct FaxLineTests {
    private func take(_ ring: FaxRing) -> [UInt8]? { ring.take { Array($0) } }

    @discardableResult
    private func put(_ bytes: [UInt8], on ring: FaxRing) -> Bool { ring.write(bytes.span) }

    @Test func `pieces come in their order, and what finds no room is dropped and counted`() {
        let ring = FaxRing(capacity: 3, size: 4, cushion: 1)
        for round in 0..<10 {
            for index in 0..<4 {
                #expect(put([UInt8(round), UInt8(index)], on: ring) == (index < 3))
            }
            #expect(
                (0..<4).map { _ in take(ring) } == [
                    [UInt8(round), 0], [UInt8(round), 1], [UInt8(round), 2], nil,
                ])
        }
        #expect(!put([1, 2, 3, 4, 5], on: ring))
        #expect(ring.droppedCount == 11)
    }

    @Test func `a cushion fills before the first piece, and again after it was empty`() {
        let ring = FaxRing(capacity: 8, size: 1, cushion: 3)
        put([1], on: ring)
        put([2], on: ring)
        #expect(take(ring) == nil)
        put([3], on: ring)
        #expect((0..<4).map { _ in take(ring) } == [[1], [2], [3], nil])
        put([4], on: ring)
        #expect(take(ring) == nil)
    }

    private func tones(in samples: [Int16]) -> [FaxTone] {
        var detector = FaxToneDetector()
        return stride(from: 0, to: samples.count - 159, by: 160).compactMap {
            detector.hear(Array(samples[$0..<$0 + 160]).span)
        }
    }

    private func silence(_ milliseconds: Int) -> [Int16] {
        [Int16](repeating: 0, count: milliseconds * 8)
    }

    private func sine(
        _ hertz: Double, _ milliseconds: Int, level: Double = 8_000
    ) -> [Int16] {
        Tones.sine(hertz, count: milliseconds * 8, sampleRate: 8_000, level: level)
    }

    @Test func `a calling machine's tone is told once each time, within T.30's tolerances`() {
        for hertz in [1_062.0, 1_100, 1_138] {
            for level in [300.0, 8_000, 30_000] {
                let cycle = sine(hertz, 500, level: level) + silence(3_000)
                #expect(tones(in: cycle + cycle) == [.calling, .calling], "\(hertz) \(level)")
            }
        }
        #expect(tones(in: silence(100) + sine(1_100, 425) + silence(100)) == [.calling])
    }

    @Test func `a called machine's tone is told once`() {
        for hertz in [2_085.0, 2_100, 2_115] {
            #expect(tones(in: silence(200) + sine(hertz, 3_000)) == [.called])
        }
    }

    @Test func `speech, other tones, short ones and whispers are none`() {
        #expect(tones(in: sine(1_100, 300) + silence(200) + sine(1_100, 300)) == [])
        #expect(tones(in: sine(1_000, 3_000)) == [])
        #expect(tones(in: sine(425, 3_000)) == [])
        #expect(tones(in: sine(1_100, 3_000, level: 20)) == [])
        #expect(tones(in: silence(3_000)) == [])
        let two = zip(sine(1_100, 2_000), sine(1_750, 2_000)).map { $0 / 2 + $1 / 2 }
        #expect(tones(in: two) == [])
        var random = Seeded(1)
        #expect(tones(in: (0..<40_000).map { _ in Int16(random.below(16_000) - 8_000) }) == [])
    }
}
