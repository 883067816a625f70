/// The tones by which fax machines say what they are.
public enum FaxTone: Hashable, Sendable {
    /// Whoever calls: 1,100 Hz for half a second, each three seconds (T.30 §4.3.3.3).
    case calling
    /// Whoever is called: 2,100 Hz for three seconds (T.30 §4.3.3.2, V.25).
    case called
}

/// Listens for the tones of fax machines (CNG, CED) in sound of 8,000, 16,000 or 48,000 samples a
/// second.
///
/// A pure core: sound in, tones out. Speech and music are no tone: most of the power has to be at one
/// frequency, for most of a tone's length without a gap.
public struct FaxToneDetector: Sendable {
    /// Samples that are looked at together, 10 ms: so few that 38 Hz beside the frequency still count
    /// (T.30 §4.3.3.3), a hundred don't.
    private let blockSize: Int
    let sampleRate: Int
    /// Twice the cosine of each frequency's angle.
    private let coefficients: [Float]
    /// Blocks after which a tone is believed: 400 ms of CNG's 500 ± 75, and of CED's 2,600 and more.
    private static var blocks: Int { 40 }
    /// Of a block's power, at least so much.
    private static var share: Float { 0.54 }
    /// The mean square of a block at least: −46 dBm0.
    private static var leastPower: Float { 6_000 }

    private static let tones: [(tone: FaxTone, hertz: Int)] = [(.calling, 1_100), (.called, 2_100)]

    private var counts = [0, 0]

    public init(sampleRate: Int = SoundKind.narrow) {
        self.sampleRate = sampleRate
        blockSize = sampleRate / 100
        coefficients = Self.tones.map { _, hertz in
            let turns = Double(hertz) / Double(sampleRate)
            return Float(2 * SoundGenerator.sine(turns + 0.25))
        }
    }

    /// Takes whole blocks of 10 ms, such as a frame; a tone once, when it is believed.
    public mutating func hear(_ frame: Span<Int16>) -> FaxTone? {
        var told: FaxTone?
        var start = 0
        while start + blockSize <= frame.count {
            told = hear(frame, start..<start + blockSize) ?? told
            start += blockSize
        }
        return told
    }

    private mutating func hear(_ samples: Span<Int16>, _ block: Range<Int>) -> FaxTone? {
        var power: Float = 0
        for index in block { power += Float(samples[index]) * Float(samples[index]) }
        let isLoud = power >= Self.leastPower * Float(block.count)
        var told: FaxTone?
        for index in counts.indices {
            let isThere =
                isLoud
                && Self.power(of: samples, block, coefficients[index]) >= Self.share * power
            counts[index] = isThere ? counts[index] + 1 : 0
            if counts[index] == Self.blocks { told = Self.tones[index].tone }
        }
        return told
    }

    /// Goertzel's recurrence: the power at a frequency, on the scale of the sum of squares.
    private static func power(
        of samples: Span<Int16>, _ block: Range<Int>, _ coefficient: Float
    ) -> Float {
        var last: Float = 0
        var beforeLast: Float = 0
        for index in block {
            let value = Float(samples[index]) + coefficient * last - beforeLast
            beforeLast = last
            last = value
        }
        let square = last * last + beforeLast * beforeLast - coefficient * last * beforeLast
        return 2 * square / Float(block.count)
    }
}
