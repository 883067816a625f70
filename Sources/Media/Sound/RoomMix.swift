/// What is said in a room in one beat, at the three rates that its members speak and hear at: each hears
/// all others, and none its own voice by the way of another rate.
///
///                  ┌── doubled ──►      ┌── tripled ──►
///          8,000                16,000                  48,000 samples a second
///                  ◄── halved ───┘      ◄── thirded ──┘
///
/// Each beat: ``begin()``, ``add(_:sampleRate:_:)`` for all who are heard, ``blend(_:)``, then
/// ``all(sampleRate:into:)`` for those who listen and ``without(_:sampleRate:_:into:)`` for those who spoke.
/// However many there are, each rate is brought to another once. Nothing is allocated after it was made.
struct RoomMix {
    /// The rates at which there are members; the middle one is always there.
    struct Rates: Equatable {
        var hasNarrow = false
        var hasFull = false

        mutating func note(_ sampleRate: Int?) {
            if sampleRate == SoundKind.narrow { hasNarrow = true }
            if sampleRate == SoundKind.full { hasFull = true }
        }
    }

    private static func size(_ sampleRate: Int) -> Int { sampleRate / SoundLimits.framesASecond }

    private var narrow = Mixer(frameSize: size(SoundKind.narrow))
    private var wide = Mixer(frameSize: size(SoundKind.wide))
    private var full = Mixer(frameSize: size(SoundKind.full))
    private var doubling = HalfBandDoubling()
    private var halving = HalfBandHalving()
    private var tripling = Tripling(limit: size(SoundKind.wide))
    private var thirding = Thirding(limit: size(SoundKind.full))
    /// On their way to the middle.
    private let fromNarrow = FrameRoom(count: size(SoundKind.wide))
    private let fromFull = FrameRoom(count: size(SoundKind.wide))
    private let passing = FrameRoom(count: size(SoundKind.full))
    private let passed = FrameRoom(count: size(SoundKind.full))

    mutating func begin() {
        narrow.begin()
        wide.begin()
        full.begin()
    }

    mutating func add(
        _ frame: Span<Int16>, sampleRate: Int,
        _ gain: Gain = Gain(start: Gain.unity, end: Gain.unity)
    ) {
        switch sampleRate {
        case SoundKind.narrow: narrow.add(frame, gain)
        case SoundKind.full: full.add(frame, gain)
        default: wide.add(frame, gain)
        }
    }

    /// Brings what is said at each rate to the others.
    mutating func blend(_ rates: Rates) {
        let narrowSize = narrow.frameSize, wideSize = wide.frameSize, fullSize = full.frameSize
        if rates.hasNarrow {
            let source = passing.samples
            var said = source.mutableSpan
            narrow.all(into: &said)
            let target = fromNarrow.samples
            passing.withSamples(narrowSize) { doubling.double($0) { target[$0] = $1 } }
        }
        if rates.hasFull {
            let target = passing.samples
            var said = target.mutableSpan
            full.all(into: &said)
            let source = UnsafeBufferPointer(rebasing: target[..<fullSize])
            _ = thirding.third(source, into: fromFull.samples)
            bringUp(rates, wideSize)
        }
        if rates.hasNarrow { bringDown(rates, wideSize) }
        if rates.hasNarrow { fromNarrow.withSamples(wideSize) { wide.add($0) } }
        if rates.hasFull { fromFull.withSamples(wideSize) { wide.add($0) } }
        if rates.hasNarrow { narrow.finish() }
        wide.finish()
        if rates.hasFull { full.finish() }
    }

    /// What is said below, to the highest rate.
    private mutating func bringUp(_ rates: Rates, _ size: Int) {
        if rates.hasNarrow { layWith(fromNarrow, size) } else { lay() }
        let source = UnsafeBufferPointer(rebasing: passing.samples[..<size])
        let count = tripling.triple(source, into: passed.samples)
        passed.withSamples(count) { full.add($0) }
    }

    /// What is said above, to the lowest rate.
    private mutating func bringDown(_ rates: Rates, _ size: Int) {
        if rates.hasFull { layWith(fromFull, size) } else { lay() }
        let target = passed.samples
        let count = passing.withSamples(size) { halving.halve($0) { target[$0] = $1 } }
        passed.withSamples(count) { narrow.add($0) }
    }

    /// The middle's own sum, on its way.
    private func lay() {
        let target = passing.samples
        var said = target.mutableSpan
        wide.all(into: &said)
    }

    /// The same with what another rate says.
    private func layWith(_ other: FrameRoom, _ size: Int) {
        let added = UnsafeBufferPointer(rebasing: other.samples[..<size])
        let target = passing.samples
        var said = target.mutableSpan
        wide.with(added.span, into: &said)
    }

    /// What those hear who did not speak.
    func all(sampleRate: Int, into frame: inout MutableSpan<Int16>) {
        switch sampleRate {
        case SoundKind.narrow: narrow.all(into: &frame)
        case SoundKind.full: full.all(into: &frame)
        default: wide.all(into: &frame)
        }
    }

    /// What one hears who spoke `own`, which was added with that gain.
    func without(
        _ own: Span<Int16>, sampleRate: Int, _ gain: Gain, into frame: inout MutableSpan<Int16>
    ) {
        switch sampleRate {
        case SoundKind.narrow: narrow.without(own, gain, into: &frame)
        case SoundKind.full: full.without(own, gain, into: &frame)
        default: wide.without(own, gain, into: &frame)
        }
    }
}
