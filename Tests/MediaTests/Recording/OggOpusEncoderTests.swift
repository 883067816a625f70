import Testing

@testable import Media

struct OggOpusEncoderTests {
    @Test(arguments: [1, 2])
    func `a pause is written in single bytes, and what follows it is heard as it was`(
        tracks: Int
    ) throws {
        let encoder = try #require(OggOpusEncoder(trackCount: tracks, serial: 1))
        let decoder = try #require(OpusDecoder(sampleRate: SoundKind.wide))
        var tone = SoundGenerator(.level, sampleRate: SoundKind.wide)
        var lengths: [Int] = []
        var levels: [Double] = []
        for number in 0..<400 {
            var samples = [Int16](repeating: 0, count: SoundReel.frameSize)
            if !(100..<300).contains(number) {
                var room = samples.mutableSpan
                tone.make(SoundReel.frameSize, into: &room)
            }
            let packet = encoder.packet(
                samples.flatMap { [Int16](repeating: $0, count: tracks) })
            lengths.append(packet.count)
            var heard = [Int16](repeating: 0, count: SoundReel.frameSize)
            var room = heard.mutableSpan
            #expect(decoder.decode(packet.span, into: &room) == SoundReel.frameSize)
            let sum = heard.reduce(0.0) { $0 + Double($1) * Double($1) }
            levels.append((sum / Double(heard.count)).squareRoot())
        }
        #expect(lengths[..<110].allSatisfy { $0 > 1 } && lengths[300...].allSatisfy { $0 > 1 })
        #expect(lengths[110..<300].count { $0 == 1 } >= 170)
        #expect(levels[110..<300].allSatisfy { $0 < 2 })
        // 7,219 at its peak.
        #expect((levels[50..<100] + levels[303...]).allSatisfy { (4_000...6_500).contains($0) })
    }
}
