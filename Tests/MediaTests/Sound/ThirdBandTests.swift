import Testing

@testable import Media

/// The way between 16,000 and 48,000 samples a second.
struct ThirdBandTests {
    private func tripled(_ samples: [Int16]) -> [Int16] {
        var tripling = Tripling(limit: 320)
        var made: [Int16] = []
        for start in stride(from: 0, to: samples.count, by: 320) {
            var part = [Int16](repeating: 0, count: 960)
            let count = part.withUnsafeMutableBufferPointer { room in
                samples.withUnsafeBufferPointer {
                    tripling.triple(.init(rebasing: $0[start..<start + 320]), into: room)
                }
            }
            made += part.prefix(count)
        }
        return made
    }

    private func thirded(_ samples: [Int16]) -> [Int16] {
        var thirding = Thirding(limit: 960)
        var made: [Int16] = []
        for start in stride(from: 0, to: samples.count, by: 960) {
            var part = [Int16](repeating: 0, count: 320)
            let count = part.withUnsafeMutableBufferPointer { room in
                samples.withUnsafeBufferPointer {
                    thirding.third(.init(rebasing: $0[start..<start + 960]), into: room)
                }
            }
            made += part.prefix(count)
        }
        return made
    }

    @Test(arguments: [200.0, 1_000, 3_400, 6_500])
    func `what is heard at both rates passes as it is, both ways`(hertz: Double) {
        let wide = Tones.sine(hertz, count: 16_000, sampleRate: 16_000, level: 8_000)
        let up = tripled(wide)
        #expect(up.count == 48_000)
        #expect(Tones.purity(up[4_800...], hertz, sampleRate: 48_000) > 50)
        let before = Tones.level(wide[1_600...])
        let after = Tones.level(up[4_800...])
        #expect(abs(after - before) < before / 30, "\(before) \(after)")
        let down = thirded(up)
        #expect(Tones.purity(down[1_600...], hertz, sampleRate: 16_000) > 50)
        #expect(abs(Tones.level(down[1_600...]) - before) < before / 30)
    }

    @Test(arguments: [9_500.0, 12_000, 17_000, 20_000])
    func `what the lower rate does not know leaves nothing there`(hertz: Double) {
        let full = Tones.sine(hertz, count: 48_000, sampleRate: 48_000, level: 16_000)
        #expect(Tones.level(thirded(full)[1_600...]) < 30)
    }

    @Test func `the loudest is limited, not wrapped`() {
        let full = (0..<48_000).map { Int16($0 / 480 % 2 == 0 ? 32_767 : -32_768) }
        let down = thirded(full)
        // No sample of a plateau has the other sign.
        for period in 2..<90 {
            let middle = down[period * 160 + 80]
            #expect((middle > 30_000) == (period % 2 == 0), "\(period): \(middle)")
        }
        let up = tripled(down)
        #expect(up.count == 48_000)
    }
}
