/// Whole sounds of any rate at ``SoundKind/wide``, for files: a windowed sinc, 70 dB down where it
/// would fold. Not for what is heard as it comes.
public enum Resampling {
    /// 8 Hz to 192 kHz is what files have.
    public static var rates: ClosedRange<Int> { 4_000...192_000 }
    /// Zero crossings of the sinc on either side.
    private static var crossings: Int { 16 }
    /// Values of the table: a strange rate would want more.
    private static var tableLimit: Int { 4 << 20 }

    /// The same sound at ``SoundKind/wide``; nil for a rate that no file has.
    public static func wide(_ samples: [Int16], from rate: Int) -> [Int16]? {
        guard rates.contains(rate) else { return nil }
        guard rate != SoundKind.wide else { return samples }
        let common = greatestCommonDivisor(rate, SoundKind.wide)
        let up = SoundKind.wide / common, down = rate / common
        // Below the lower of the two Nyquist rates, with room for the slope.
        let cutoff = min(1, Double(SoundKind.wide) / Double(rate)) * 0.94
        let half = Int(Double(crossings) / cutoff) + 1
        guard up * half * 2 <= tableLimit else { return nil }
        let kernel = kernel(phases: up, half: half, cutoff: cutoff)
        return resampled(samples, up: up, down: down, half: half, kernel)
    }

    private static func resampled(
        _ samples: [Int16], up: Int, down: Int, half: Int, _ kernel: [Float]
    ) -> [Int16] {
        let count = samples.count * up / down
        var made = [Int16](repeating: 0, count: count)
        let input = samples.span, kernel = kernel.span
        for index in 0..<count {
            let place = index * down / up
            let phase = index * down % up
            let start = place - half + 1
            var sum: Float = 0
            for tap in max(0, -start)..<max(max(0, -start), min(2 * half, input.count - start)) {
                sum += Float(input[start + tap]) * kernel[phase * 2 * half + tap]
            }
            made[index] = Int16(clamping: Int(sum.rounded()))
        }
        return made
    }

    /// For each place between two samples the weights of those around it; each sums to one.
    private static func kernel(phases: Int, half: Int, cutoff: Double) -> [Float] {
        var values = [Float](repeating: 0, count: phases * 2 * half)
        for phase in 0..<phases {
            var sum = 0.0
            var weights = [Double](repeating: 0, count: 2 * half)
            for tap in 0..<2 * half {
                let distance = Double(tap - half + 1) - Double(phase) / Double(phases)
                weights[tap] = sinc(distance * cutoff) * window(distance / Double(half))
                sum += weights[tap]
            }
            for tap in 0..<2 * half {
                values[phase * 2 * half + tap] = Float(weights[tap] / sum)
            }
        }
        return values
    }

    private static func sinc(_ value: Double) -> Double {
        guard abs(value) > 1e-9 else { return 1 }
        return SoundGenerator.sine(value / 2) / (Double.pi * value)
    }

    /// Blackman's, −1…1.
    private static func window(_ place: Double) -> Double {
        guard abs(place) < 1 else { return 0 }
        func cosine(_ turns: Double) -> Double { SoundGenerator.sine(turns + 0.25) }
        return 0.42 + 0.5 * cosine(place / 2) + 0.08 * cosine(place)
    }

    private static func greatestCommonDivisor(_ one: Int, _ other: Int) -> Int {
        var (one, other) = (one, other)
        while other != 0 { (one, other) = (other, one % other) }
        return one
    }
}
