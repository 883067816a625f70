/// A speaker's mark as sound: a sample far above nothing is a 1, one far below is a 0. So it comes
/// through a relay as it is, and through an exchange that turns one of G.711's laws into the other.
/// Its check tells it from what is made up where packets were lost.
enum SpokenMark {
    /// Where the mark begins: an exchange that made something up before may let that pass into the
    /// first 5 ms.
    private static let lead = 56
    /// All of it: phone and call, 32 bits each, then a check of both.
    static let sampleCount = lead + 96
    /// The sign is the highest bit of a byte in either law, a set one above nothing.
    static let high: UInt8 = 0xAA
    static let low: UInt8 = 0x2A

    /// Writes the mark into a packet of either law.
    static func write(_ mark: SpeakerMark, to packet: inout [UInt8], at start: Int) {
        let words = [mark.phone, mark.call, check(mark)]
        for (number, word) in words.enumerated() {
            for bit in 0..<32 where word << UInt32(bit) & 0x8000_0000 != 0 {
                packet[start + lead + number * 32 + bit] = high
            }
        }
    }

    /// Reads what was written; nil where that is no mark.
    static func read(_ packet: [UInt8], at start: Int) -> SpeakerMark? {
        read { packet[start + $0] >> 7 == 1 }
    }

    /// - Parameter isHigh: whether that sample of a packet, counted from 0, is above nothing.
    static func read(_ isHigh: (Int) -> Bool) -> SpeakerMark? {
        var words: [UInt32] = []
        for number in 0..<3 {
            let first = lead + number * 32
            words.append((first..<(first + 32)).reduce(0) { $0 << 1 | (isHigh($1) ? 1 : 0) })
        }
        let mark = SpeakerMark(phone: words[0], call: words[1])
        return check(mark) == words[2] ? mark : nil
    }

    private static func check(_ mark: SpeakerMark) -> UInt32 {
        let both = UInt64(mark.phone) << 32 | UInt64(mark.call)
        // SplitMix64's finish: every bit of the mark has a say in every bit of the check.
        var mixed = both &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return UInt32(truncatingIfNeeded: mixed ^ mixed >> 31)
    }
}
