/// Sums what many say, to give each all but its own (N−1).
///
/// Each beat: ``begin()``, ``add(_:)`` for all who speak, ``finish()``, then ``all(into:)`` for those
/// who listen and ``without(_:into:)`` for those who spoke. Sums that are too loud are limited at the
/// edge.
///
/// Nothing is allocated after it was made. Copies share their sums.
public struct Mixer {
    private let sum: SumRoom
    /// The sum once more, in as many bits as what is said has, where it ``fits``.
    private let narrow: FrameRoom
    /// No sample of the sum is too loud: nearly always. Then eight are done at once.
    private var fits = false
    public let frameSize: Int

    public init(frameSize: Int) {
        self.frameSize = frameSize
        sum = SumRoom(count: frameSize)
        narrow = FrameRoom(count: frameSize)
    }

    public mutating func begin() {
        fits = false
        sum.samples.update(repeating: 0)
    }

    /// Adds one frame; a shorter one counts as silent at its end.
    public mutating func add(_ frame: Span<Int16>) {
        fits = false
        let sum = sum.samples
        let size = min(sum.count, frame.count)
        for index in 0..<size {
            sum[index] &+= Int32(frame[unchecked: index])
        }
    }

    /// The same, louder or quieter.
    mutating func add(_ frame: Span<Int16>, _ gain: Gain) {
        guard !gain.isUnity else { return add(frame) }
        fits = false
        let sum = sum.samples
        let size = min(sum.count, frame.count)
        let step = gain.step(in: size)
        for index in 0..<size {
            sum[index] &+= gain.applied(
                to: frame[unchecked: index], at: index, step: step)
        }
    }

    /// All have been added.
    public mutating func finish() {
        let narrow = narrow.samples, sum = sum.samples
        var excess: Int32 = 0
        for index in 0..<frameSize {
            let sample = Self.limited(sum[index])
            narrow[index] = sample
            excess |= sum[index] ^ Int32(sample)
        }
        fits = excess == 0
    }

    /// Without a branch, so that many are done at once.
    @inline(__always)
    private static func limited(_ value: Int32) -> Int16 {
        Int16(truncatingIfNeeded: min(max(value, -32_768), 32_767))
    }

    /// What those hear who did not speak.
    public func all(into frame: inout MutableSpan<Int16>) {
        let sum = sum.samples
        let size = min(sum.count, frame.count)
        for index in 0..<size {
            frame[unchecked: index] = Self.limited(sum[index])
        }
    }

    /// The same with one more.
    func with(_ other: Span<Int16>, into frame: inout MutableSpan<Int16>) {
        let sum = sum.samples
        let size = min(sum.count, frame.count, other.count)
        for index in 0..<size {
            frame[unchecked: index] = Self.limited(
                sum[index] &+ Int32(other[unchecked: index]))
        }
    }

    /// What one hears who spoke `own`.
    public func without(_ own: Span<Int16>, into frame: inout MutableSpan<Int16>) {
        guard fits else { return withoutFitting(own, into: &frame) }
        let narrow = narrow.samples
        let size = min(narrow.count, frame.count, own.count)
        for index in 0..<size {
            frame[unchecked: index] = Self.limited(
                Int32(narrow[index]) &- Int32(own[unchecked: index]))
        }
    }

    private func withoutFitting(_ own: Span<Int16>, into frame: inout MutableSpan<Int16>) {
        let sum = sum.samples
        let size = min(sum.count, frame.count, own.count)
        for index in 0..<size {
            frame[unchecked: index] = Self.limited(
                sum[index] &- Int32(own[unchecked: index]))
        }
    }

    /// What one hears whose `own` was added with that gain.
    func without(_ own: Span<Int16>, _ gain: Gain, into frame: inout MutableSpan<Int16>) {
        guard !gain.isUnity else { return without(own, into: &frame) }
        let sum = sum.samples
        let size = min(sum.count, frame.count, own.count)
        let step = gain.step(in: size)
        for index in 0..<size {
            let part = gain.applied(to: own[unchecked: index], at: index, step: step)
            frame[unchecked: index] = Self.limited(sum[index] &- part)
        }
    }

    /// Adds what one alone hears to what it hears of all.
    static func lay(
        _ frame: Span<Int16>, _ gain: Gain, over mix: inout MutableSpan<Int16>
    ) {
        let size = min(mix.count, frame.count)
        let step = gain.step(in: size)
        for index in 0..<size {
            let part = gain.applied(to: frame[unchecked: index], at: index, step: step)
            mix[unchecked: index] = limited(Int32(mix[unchecked: index]) &+ part)
        }
    }
}

/// Room for the sums of a beat: louder than a sample can be.
private final class SumRoom {
    let samples: UnsafeMutableBufferPointer<Int32>

    init(count: Int) {
        samples = .allocate(capacity: count)
        samples.initialize(repeating: 0)
    }

    deinit { samples.deallocate() }
}

/// Tells a voice from the noise of its room, frame by frame.
struct VoiceActivity {
    /// Below this mean size nothing is a voice: about −55 dBm0.
    private static var quietest: Int32 { 30 }
    /// Frames for which somebody counts as speaking after the last sound: 300 ms, so that the ends
    /// of words and short pauses are not cut.
    private static var hangover: Int { 15 }

    /// What the room sounds like when nobody speaks: falls at once, rises by a 64th a frame.
    private var floor: Int32 = 400
    private var framesLeft = 0
    /// How loud it was lately: up at once, down by an eighth a frame.
    private(set) var loudness: Int32 = 0
    /// The mean size of the last frame.
    private(set) var level: Int32 = 0
    /// The last frame was a voice, and no pause within its talk.
    private(set) var isVoice = false

    var isSpeaking: Bool { framesLeft > 0 }

    mutating func hear(_ frame: Span<Int16>) {
        var total: Int32 = 0
        let size = min(frame.count, 1_920)
        for index in 0..<size {
            total &+= abs(Int32(frame[unchecked: index]))
        }
        level = size == 0 ? 0 : total / Int32(size)
        loudness = max(level, loudness - loudness / 8)
        if level < floor {
            floor = level
        } else {
            floor += max(1, (min(level, 2_000) - floor) / 256)
        }
        isVoice = level > Self.quietest && (level > 2 * floor || level > 600)
        if isVoice {
            framesLeft = Self.hangover
        } else {
            framesLeft = max(0, framesLeft - 1)
        }
    }

    /// Nothing comes from there.
    mutating func fallSilent() { framesLeft = max(0, framesLeft - 1) }
}
