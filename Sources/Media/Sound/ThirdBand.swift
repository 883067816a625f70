/// The filter between 16,000 and 48,000 samples a second: 72 taps, even to 0.2 dB up to 7 kHz, 49 dB
/// down from 9.2 kHz (a sinc under a Kaiser window, β = 6).
///
/// Taps are as small as samples: processors multiply and add eight of such pairs at once.
enum ThirdBand {
    /// One half of the taps, outermost first; every third together 8,192 = 1.
    private static let half: [Int16] = [
        -2, -5, -4, 6, 15, 10, -13, -32, -20, 25, 60, 36, -43, -102, -60, 71, 165, 95, -110, -254,
        -146, 168, 385, 221, -253, -584, -337, 393, 922, 549, -666, -1_664, -1_088, 1_544, 5_189,
        7_816,
    ]
    static let taps: [Int16] = half + half.reversed()
    /// The taps of each of three samples, its own one after another, the oldest sample's first.
    static let phases: [Int16] = (0..<3).flatMap { phase in
        (0..<phaseCount).map { taps[3 * (phaseCount - 1 - $0) + phase] }
    }
    static var tapCount: Int { 72 }
    static var phaseCount: Int { 24 }
    /// Samples of the past that the filter still needs, at the lower and at the higher rate.
    static var lowMemory: Int { 23 }
    static var highMemory: Int { 69 }
    static var bits: Int32 { 13 }
    static var round: Int32 { 1 << 12 }
}

/// Wide samples into full ones; 0.75 ms late. Nothing is allocated after it was made.
struct Tripling {
    private var line: [Int16]
    private let phases = ThirdBand.phases

    /// - Parameter limit: wide samples at once.
    init(limit: Int) {
        line = Array(repeating: 0, count: ThirdBand.lowMemory + limit)
    }

    /// Triples all samples, as far as there is room on either side.
    ///
    /// - Returns: how many there are.
    mutating func triple(
        _ samples: UnsafeBufferPointer<Int16>, into tripled: UnsafeMutableBufferPointer<Int16>
    ) -> Int {
        let memory = ThirdBand.lowMemory
        let count = min(samples.count, line.count - memory, tripled.count / 3)
        phases.withUnsafeBufferPointer { phases in
            line.withUnsafeMutableBufferPointer { line in
                for index in 0..<count { line[memory &+ index] = samples[index] }
                Self.fill(tripled, count, UnsafeBufferPointer(line), phases)
                for index in 0..<memory { line[index] = line[count &+ index] }
            }
        }
        return 3 * count
    }

    private static func fill(
        _ tripled: UnsafeMutableBufferPointer<Int16>, _ count: Int,
        _ line: UnsafeBufferPointer<Int16>, _ phases: UnsafeBufferPointer<Int16>
    ) {
        for index in 0..<count {
            for phase in 0..<3 {
                var sum = ThirdBand.round
                let first = phase &* ThirdBand.phaseCount
                for tap in 0..<ThirdBand.phaseCount {
                    let weight = Int32(phases[first &+ tap])
                    sum &+= weight &* Int32(line[index &+ tap])
                }
                tripled[3 * index + phase] = Int16(clamping: sum >> ThirdBand.bits)
            }
        }
    }
}

/// Full samples into wide ones; 0.75 ms late. Nothing is allocated after it was made.
struct Thirding {
    private var line: [Int16]
    private let taps = ThirdBand.taps

    /// - Parameter limit: full samples at once.
    init(limit: Int) {
        line = Array(repeating: 0, count: ThirdBand.highMemory + limit)
    }

    /// Takes every third of all samples, as far as there is room on either side.
    ///
    /// - Returns: how many there are.
    mutating func third(
        _ samples: UnsafeBufferPointer<Int16>, into thirded: UnsafeMutableBufferPointer<Int16>
    ) -> Int {
        let memory = ThirdBand.highMemory
        let count = min(samples.count / 3, (line.count - memory) / 3, thirded.count)
        taps.withUnsafeBufferPointer { taps in
            line.withUnsafeMutableBufferPointer { line in
                for index in 0..<3 * count { line[memory &+ index] = samples[index] }
                Self.fill(thirded, count, UnsafeBufferPointer(line), taps)
                for index in 0..<memory { line[index] = line[3 &* count &+ index] }
            }
        }
        return count
    }

    private static func fill(
        _ thirded: UnsafeMutableBufferPointer<Int16>, _ count: Int,
        _ line: UnsafeBufferPointer<Int16>, _ taps: UnsafeBufferPointer<Int16>
    ) {
        for index in 0..<count {
            var sum: Int32 = 3 * ThirdBand.round
            let first = 3 &* index
            for tap in 0..<ThirdBand.tapCount {
                sum &+= Int32(taps[tap]) &* Int32(line[first &+ tap])
            }
            thirded[index] = Int16(clamping: sum / (3 << ThirdBand.bits))
        }
    }
}
