import Testing

@testable import Media

/// Each hears the sum of the others, limited where it is too loud.
struct MixerTests {
    /// Voices that are loudest by chance: too loud together, or not.
    private func voices(loudest: Int16) -> [[Int16]] {
        var state: UInt64 = 1
        return (0..<5).map { _ in
            (0..<163).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int16(truncatingIfNeeded: Int64(state >> 33) % (2 * Int64(loudest) + 1))
                    - loudest
            }
        }
    }

    private func heard(_ voices: [[Int16]], without own: [Int16]? = nil) -> [Int16] {
        var mixer = Mixer(frameSize: 163)
        mixer.begin()
        for voice in voices { mixer.add(voice.span) }
        mixer.finish()
        var frame = [Int16](repeating: 0, count: 163)
        var span = frame.mutableSpan
        if let own { mixer.without(own.span, into: &span) } else { mixer.all(into: &span) }
        return frame
    }

    private func sum(_ voices: [[Int16]], without own: [Int16]? = nil) -> [Int16] {
        (0..<163).map { place in
            let all = voices.reduce(0) { $0 + Int($1[place]) }
            return Int16(clamping: all - Int(own?[place] ?? 0))
        }
    }

    @Test(arguments: [6_000, 16_000] as [Int16])
    func `who listens hears all, and who speaks all but itself, however loud`(_ loudest: Int16) {
        let voices = voices(loudest: loudest)
        #expect(heard(voices) == sum(voices))
        for own in voices {
            #expect(heard(voices, without: own) == sum(voices, without: own))
        }
    }

    @Test func `what is added after a sum was finished is heard all the same`() {
        let voices = voices(loudest: 3_000)
        var mixer = Mixer(frameSize: 163)
        mixer.begin()
        for voice in voices.dropLast() { mixer.add(voice.span) }
        mixer.finish()
        let late = voices[4], own = voices[0]
        mixer.add(late.span)
        var frame = [Int16](repeating: 0, count: 163)
        var span = frame.mutableSpan
        mixer.without(own.span, into: &span)
        #expect(frame == sum(voices, without: own))
    }

    @Test func `a beat has nothing of the one before`() {
        let voices = voices(loudest: 3_000)
        var mixer = Mixer(frameSize: 163)
        for voice in voices {
            mixer.begin()
            mixer.add(voice.span)
            mixer.finish()
            var frame = [Int16](repeating: 7, count: 163)
            var span = frame.mutableSpan
            mixer.without(voice.span, into: &span)
            #expect(frame.allSatisfy { $0 == 0 })
        }
    }
}
