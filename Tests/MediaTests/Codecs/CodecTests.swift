import Testing

@testable import Media

/// Each codec against vectors of its standard, and against itself.
struct CodecTests {
    static let kinds: [SoundKind] = [
        .pcmu, .pcma, .g722, .opus, .linear(sampleRate: 8_000), .linear(sampleRate: 16_000),
    ]
    static let rates = [SoundKind.narrow, SoundKind.wide]

    @Test func `G.711's bytes are those of ITU-T G.711, tables 1a and 2a`() {
        let a = G711Law.a.makeDecodingTable()
        let mu = G711Law.mu.makeDecodingTable()
        // The quietest and the loudest of either sign, and the ends of segments.
        let loudA: [Int16] = [8, -8, 32_256, -32_256, 264, 24]
        #expect([0xD5, 0x55, 0xAA, 0x2A, 0xC5, 0xD4].map { a[$0] } == loudA)
        let loudMu: [Int16] = [0, 0, 32_124, -32_124, 132, 8]
        #expect([0xFF, 0x7F, 0x80, 0x00, 0xEF, 0xFE].map { mu[$0] } == loudMu)
        let toA = G711Law.a.makeEncodingTable()
        let toMu = G711Law.mu.makeEncodingTable()
        func byte(_ table: [UInt8], _ sample: Int16) -> UInt8 {
            table[Int(UInt16(bitPattern: sample))]
        }
        #expect([0, -1, .max, .min].map { byte(toA, $0) } == [0xD5, 0x55, 0xAA, 0x2A])
        #expect([0, .max, .min].map { byte(toMu, $0) } == [0xFF, 0x80, 0x00])
        for code in 0..<256 {
            #expect(byte(toA, a[code]) == UInt8(code))
            // Minus nothing is nothing.
            #expect(byte(toMu, mu[code]) == (code == 0x7F ? 0xFF : UInt8(code)))
        }
    }

    @Test func `G.711 is off by half a step at most`() {
        for law in [G711Law.a, .mu] {
            let there = law.makeEncodingTable()
            let back = law.makeDecodingTable()
            for sample in stride(from: -32_000, through: 32_000, by: 7) {
                let heard = Int(back[Int(there[Int(UInt16(bitPattern: Int16(sample)))])])
                let allowed = max(16, (abs(sample) + 132) / 32 + 1)
                #expect(abs(heard - sample) <= allowed, "\(law) \(sample)")
            }
        }
    }

    @Test(arguments: kinds, rates)
    func `a tone comes back at its pitch and its level`(kind: SoundKind, rate: Int) throws {
        let encoder = try #require(kind.makeEncoder(sampleRate: rate))
        let decoder = try #require(kind.makeDecoder(sampleRate: rate))
        let frame = rate / 50
        let tone = Tones.sine(1_000, count: frame * 50, sampleRate: rate)
        var heard: [Int16] = []
        for start in stride(from: 0, to: tone.count, by: frame) {
            let payload = encoder.encoded(Array(tone[start..<start + frame]))
            #expect(!payload.isEmpty && payload.count <= SoundLimits.bytesInPayload)
            heard += decoder.decoded(payload)
        }
        #expect(heard.count == tone.count)
        let rest = heard[(frame * 10)...]
        let lowest = kind == .opus ? 12.0 : kind == .g722 ? 20 : 30
        let purity = Tones.purity(rest, 1_000, sampleRate: rate)
        #expect(purity > lowest, "\(purity) dB")
        let level = Tones.level(rest) / Tones.level(tone[...])
        #expect((0.8...1.2).contains(level), "\(level)")
    }

    @Test(arguments: kinds, rates)
    func `any bytes are decoded or refused, and never past the room`(kind: SoundKind, rate: Int)
        throws
    {
        let decoder = try #require(kind.makeDecoder(sampleRate: rate))
        var random = Seeded(7)
        for length in [0, 1, 2, 3, 7, 160, 161, 320, 960, 1_275, 1_280] {
            for room in [0, 1, 80, 160, 320, 1_920] {
                let payload = (0..<length).map { _ in UInt8(random.below(256)) }
                #expect(decoder.decoded(payload, room: room).count <= room)
            }
        }
    }

    @Test func `Opus makes a lost packet up from its successor`() throws {
        let parameters = OpusParameters(parameters: " useinbandfec=1 ; maxaveragebitrate=24000")
        #expect(parameters == OpusParameters(maximumBitRate: 24_000))
        let encoder = try #require(SoundKind.opus.makeEncoder(sampleRate: 16_000, opus: parameters))
        let decoder = try #require(SoundKind.opus.makeDecoder(sampleRate: 16_000))
        let tone = Tones.sine(400, count: 6_400, sampleRate: 16_000)
        let packets = (0..<20).map { number in
            encoder.encoded(Array(tone[(320 * number)...].prefix(320)))
        }
        for packet in packets[..<18] { _ = decoder.decoded(packet) }
        let last = packets[19]
        var samples = [Int16](repeating: 0, count: 320)
        var span = samples.mutableSpan
        let count = decoder.recover(320, before: last.span, into: &span)
        #expect(count == 320)
        #expect(Tones.level(samples[...]) > 1_000)
    }

    /// Packets of a voice: a low tone and its overtones, which come and go.
    private static func voice(expectsLoss: Bool, count: Int) throws -> [[UInt8]] {
        let parameters = OpusParameters(usesErrorCorrection: expectsLoss)
        let encoder = try #require(SoundKind.opus.makeEncoder(sampleRate: 16_000, opus: parameters))
        let samples = Tones.voice(count: 320 * count, sampleRate: 16_000)
        return (0..<count).map { encoder.encoded(Array(samples[(320 * $0)...].prefix(320))) }
    }

    @Test func `a payload of Opus tells whether a copy of the one before lies in it`() throws {
        let expecting = try Self.voice(expectsLoss: true, count: 50)
        #expect(expecting[20...].count { OpusPayload.hasCopy($0.span) } > 20)
        let others = try Self.voice(expectsLoss: false, count: 50)
        #expect(!others.contains { OpusPayload.hasCopy($0.span) })
        // RFC 6716: SILK of 20 ms (9), of 60 ms (11), stereo, music alone (31), several frames.
        let known: [([UInt8], Bool)] = [
            ([9 << 3, 0x40], true), ([9 << 3, 0x80], false), ([11 << 3, 0x10], true),
            ([11 << 3, 0xE0], false), ([9 << 3 | 4, 0x10], true), ([31 << 3, 0x40], false),
            ([9 << 3 | 2, 10, 0x40], true), ([9 << 3 | 2, 253, 1, 0x40], true),
            ([9 << 3 | 3, 1, 0x40], false), ([9 << 3], false), ([], false),
        ]
        for (payload, isThere) in known {
            #expect(OpusPayload.hasCopy(payload.span) == isThere, "\(payload)")
        }
    }

    @Test func `an encoder is ready for the losses that its listener reports, and for some always`()
        throws
    {
        let format = SoundFormat(payloadType: 96, kind: .opus)
        let sender = try #require(SoundSender(format: format, sampleRate: 16_000, seed: 1))
        let expected = [0, 51, 0, 0, 255, 26].map { (fraction: UInt8) -> Int in
            sender.noteLoss(fraction)
            return sender.expectedLoss
        }
        #expect(expected == [5, 20, 10, 5, 25, 17])
    }

    @Test(arguments: rates)
    func `G.722's decoder goes on after a loss as though it had heard what was made up`(
        rate: Int
    ) throws {
        let encoder = try #require(SoundKind.g722.makeEncoder(sampleRate: rate))
        let size = rate / 50, lost = 20
        let samples = Tones.voice(count: size * 30, sampleRate: rate)
        let packets = (0..<30).map { encoder.encoded(Array(samples[(size * $0)...].prefix(size))) }
        func heard(_ replaced: ((any SoundDecoder) -> Void)?) throws -> [Int16] {
            let decoder = try #require(SoundKind.g722.makeDecoder(sampleRate: rate))
            return packets.enumerated().flatMap { number, packet in
                guard number == lost, let replaced else { return decoder.decoded(packet) }
                replaced(decoder)
                return [Int16](repeating: 0, count: size)
            }
        }
        let whole = try heard(nil)
        let begin = size * lost - SoundLimits.absorbedBefore
        let end = size * (lost + 1) + SoundLimits.absorbedAfter
        let absorbed = try heard { $0.absorb(Array(whole[begin..<end]).span) }
        let forgotten = try heard { _ in }
        func error(_ samples: [Int16]) -> Double {
            let range = size * (lost + 1)..<size * (lost + 2)
            return Tones.level(zip(samples, whole).map { $0 &- $1 }[range])
        }
        #expect(error(absorbed) * 4 < error(forgotten), "\(error(absorbed)) \(error(forgotten))")
    }

    @Test func `the half-band filter keeps speech and stops its images`() {
        var doubling = HalfBandDoubling()
        var halving = HalfBandHalving()
        for (hertz, isKept) in [(300.0, true), (1_000, true), (3_300, true)] {
            var wide = [Int16](repeating: 0, count: 3_200)
            let tone = Tones.sine(hertz, count: 1_600, sampleRate: 8_000)
            for part in 0..<10 {
                let from = tone[(160 * part)..<(160 * part + 160)]
                doubling.double(Array(from).span) { wide[320 * part + $0] = $1 }
            }
            let purity = Tones.purity(wide[320...], hertz, sampleRate: 16_000)
            #expect((purity > 40) == isKept, "\(hertz): \(purity)")
        }
        // What would fold back into speech is gone.
        for hertz in [5_000.0, 7_000] {
            var narrow = [Int16](repeating: 0, count: 1_600)
            let tone = Tones.sine(hertz, count: 3_200, sampleRate: 16_000)
            for part in 0..<10 {
                let from = tone[(320 * part)..<(320 * part + 320)]
                _ = halving.halve(Array(from).span) { narrow[160 * part + $0] = $1 }
            }
            #expect(Tones.level(narrow[160...]) < 30, "\(hertz)")
        }
    }
}
