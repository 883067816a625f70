import Testing

@testable import Media

/// Tones that tell how a call goes, as each country has them.
struct CallToneTests {
    private func sound(
        _ tone: CallTone, _ country: ToneCountry, seconds: Int, sampleRate: Int = 8_000
    ) -> [Int16] {
        var generator = SoundGenerator(.call(tone, country), sampleRate: sampleRate)
        var samples = [Int16](repeating: 0, count: seconds * sampleRate)
        var span = samples.mutableSpan
        generator.make(seconds * sampleRate, into: &span)
        return samples
    }

    @Test(arguments: ToneCountry.allCases)
    func `each country has every tone, with a pause in it`(country: ToneCountry) {
        for tone in CallTone.allCases {
            let steps = country.steps(of: tone)
            #expect(steps.contains { $0.hertz > 0 } && steps.contains { $0.hertz == 0 })
            #expect(steps.allSatisfy { (40...60_000).contains($0.milliseconds) })
            #expect(steps.allSatisfy { $0.hertz == 0 || (350...1_450).contains($0.hertz) })
            #expect(steps.first.map { $0.hertz > 0 } == true)
        }
    }

    @Test func `what is no step is left out`() {
        #expect(ToneCountry.steps("425/x 425 /100 440+480/100 0/50").count == 2)
    }

    @Test func `ringing in Germany is a second of 425 Hz every five, at -10 dBm0`() {
        let samples = sound(.ringback, .de, seconds: 10)
        #expect(Tones.purity(samples[800..<7_200], 425, sampleRate: 8_000) > 30)
        #expect(samples[8_080..<40_000].allSatisfy { $0 == 0 })
        #expect(Tones.purity(samples[40_800..<47_200], 425, sampleRate: 8_000) > 30)
        // 0 dBm0 is a sine of 32,767 less 3.14 dB.
        #expect((4_900...5_300).contains(Tones.level(samples[800..<7_200])))
    }

    @Test func `two frequencies at once are as loud together as one alone`() {
        let samples = sound(.busy, .us, seconds: 1)
        #expect((4_900...5_300).contains(Tones.level(samples[400..<3_600])))
        for hertz in [480.0, 620] {
            #expect(abs(Tones.purity(samples[400..<3_600], hertz, sampleRate: 8_000)) < 1)
        }
        #expect(samples[4_080..<8_000].allSatisfy { $0 == 0 })
    }

    @Test func `a tone begins and ends without a click, at both rates`() {
        for sampleRate in [8_000, 16_000] {
            let samples = sound(.congestion, .gb, seconds: 3, sampleRate: sampleRate)
            let limit = 7_219 * 2 * Double.pi * 400 / Double(sampleRate) * 1.3
            let steps = zip(samples, samples.dropFirst()).map { abs(Double($1) - Double($0)) }
            #expect(steps.allSatisfy { $0 < limit })
        }
    }
}
