/// How much louder a frame is made, from its first sample to its last: so that nothing begins, ends or
/// changes with a click.
struct Gain: Equatable {
    /// As it was said.
    static let unity: Int32 = 1 << 12
    /// 12 dB. The products below stay within 32 bits.
    static let most: Int32 = 4 << 12

    /// In 4,096ths, 0 to ``most``.
    var start: Int32
    var end: Int32

    static var none: Gain { Gain(start: 0, end: 0) }

    var isUnity: Bool { start == Self.unity && end == Self.unity }
    var isNone: Bool { start == 0 && end == 0 }

    /// What is added for each sample of a frame, in 1,024ths of a 4,096th.
    @inline(__always)
    func step(in count: Int) -> Int32 {
        ((end - start) << 10) / Int32(truncatingIfNeeded: max(1, count))
    }

    /// One sample, that many after the first.
    @inline(__always)
    func applied(to sample: Int16, at place: Int, step: Int32) -> Int32 {
        let gain = ((start << 10) &+ step &* Int32(truncatingIfNeeded: place)) >> 10
        // As small as a sample: processors multiply eight of such pairs at once.
        return (Int32(sample) &* Int32(Int16(truncatingIfNeeded: gain))) >> 12
    }
}
