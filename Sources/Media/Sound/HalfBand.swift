/// The half-band filter between 8,000 and 16,000 samples a second: 47 taps of which every second is
/// 0, even to 0.1 dB up to 3.4 kHz, 51 dB down from 4.6 kHz (a sinc under a Kaiser window, β = 6).
///
/// What is left of it is the half sample in the middle: 24 taps, symmetric.
enum HalfBand {
    /// One half of the taps, outermost first, 16,384 = 1.
    private static let half: [Int16] = [
        -12, 34, -70, 126, -212, 338, -518, 779, -1_176, 1_851, -3_332, 10_384,
    ]
    /// As small as samples: processors multiply and add eight of such pairs at once.
    static let taps = half + half.reversed()
    static var tapCount: Int { 24 }
    /// The narrow samples of the past that the filter still needs.
    static var memory: Int { 23 }

    /// The half sample between the 12th and the 13th of 24 samples that begin at `start`.
    @inline(__always)
    static func between(_ samples: Span<Int16>, from start: Int, _ taps: Span<Int16>) -> Int32 {
        var sum: Int32 = 8_192
        for index in 0..<tapCount {
            sum &+= Int32(taps[unchecked: index]) &* Int32(samples[unchecked: start &+ index])
        }
        return sum >> 14
    }

    @inline(__always)
    static func clamped(_ value: Int32) -> Int16 { Int16(clamping: value) }
}

/// Narrow samples into wide ones; 0.75 ms late.
struct HalfBandDoubling {
    /// 23 of the past, then one packet.
    private var line = [Int16](
        repeating: 0, count: HalfBand.memory + SoundLimits.samplesInPacket / 2)
    private let taps = HalfBand.taps

    /// Doubles `count` samples that begin at `start`; the result begins at 0.
    mutating func double(from start: Int, count: Int, in samples: inout MutableSpan<Int16>) {
        let count = min(count, line.count - HalfBand.memory)
        for index in 0..<count { line[HalfBand.memory + index] = samples[start + index] }
        emit(count) { samples[$0] = $1 }
    }

    /// Doubles all samples; `write` gets each with its index.
    mutating func double(_ samples: Span<Int16>, _ write: (Int, Int16) -> Void) {
        let count = min(samples.count, line.count - HalfBand.memory)
        for index in 0..<count { line[HalfBand.memory + index] = samples[index] }
        emit(count, write)
    }

    @inline(__always)
    private mutating func emit(_ count: Int, _ write: (Int, Int16) -> Void) {
        Self.emit(count, line.span, taps.span, write)
        for index in 0..<HalfBand.memory { line[index] = line[count + index] }
    }

    @inline(__always)
    private static func emit(
        _ count: Int, _ line: Span<Int16>, _ taps: Span<Int16>, _ write: (Int, Int16) -> Void
    ) {
        for index in 0..<count {
            write(2 * index, line[index + 11])
            write(2 * index + 1, HalfBand.clamped(HalfBand.between(line, from: index, taps)))
        }
    }
}

/// Wide samples into narrow ones; 0.75 ms late.
struct HalfBandHalving {
    private var evens = [Int16](
        repeating: 0, count: HalfBand.memory + SoundLimits.samplesInPacket / 2)
    private var odds = [Int16](
        repeating: 0, count: HalfBand.memory + SoundLimits.samplesInPacket / 2)
    private let taps = HalfBand.taps

    /// Halves an even number of samples; `write` gets each with its index.
    ///
    /// - Returns: how many there are.
    mutating func halve(_ samples: Span<Int16>, _ write: (Int, Int16) -> Void) -> Int {
        let count = min(samples.count / 2, evens.count - HalfBand.memory)
        for index in 0..<count {
            evens[HalfBand.memory + index] = samples[2 * index]
            odds[HalfBand.memory + index] = samples[2 * index + 1]
        }
        emit(count, write)
        return count
    }

    /// The same in place.
    mutating func halve(count: Int, in samples: inout MutableSpan<Int16>) -> Int {
        let count = min(count / 2, evens.count - HalfBand.memory)
        for index in 0..<count {
            evens[HalfBand.memory + index] = samples[2 * index]
            odds[HalfBand.memory + index] = samples[2 * index + 1]
        }
        emit(count) { samples[$0] = $1 }
        return count
    }

    @inline(__always)
    private mutating func emit(_ count: Int, _ write: (Int, Int16) -> Void) {
        Self.emit(count, evens.span, odds.span, taps.span, write)
        for index in 0..<HalfBand.memory {
            evens[index] = evens[count + index]
            odds[index] = odds[count + index]
        }
    }

    @inline(__always)
    private static func emit(
        _ count: Int, _ evens: Span<Int16>, _ odds: Span<Int16>, _ taps: Span<Int16>,
        _ write: (Int, Int16) -> Void
    ) {
        for index in 0..<count {
            // The even sample in the middle of the 24 odd ones: between the 12th and the 13th.
            let middle = Int32(evens[index + 12])
            let sum = middle + HalfBand.between(odds, from: index, taps)
            write(index, HalfBand.clamped(sum >> 1))
        }
    }
}
