import Testing

@testable import Media

struct WaveEncoderTests {
    @Test func `samples of two tracks stand in turn, the low byte first`() {
        let size = SoundReel.frameSize
        let one = (0..<2 * size).map { Int16($0) }
        let other = (0..<2 * size).map { Int16(-1 - $0) }
        let samples = Array(one[..<size] + other[..<size] + one[size...] + other[size...])
        let bytes = WaveEncoder(trackCount: 2).encode(samples, frameCount: 2)
        let expected = (0..<2 * size).flatMap { place in
            [one[place], other[place]].flatMap {
                [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]
            }
        }
        #expect(bytes == expected)
    }
}
