/// Brings a voice that is too quiet up, and one that is too loud down, slowly: by its own words, never by
/// the noise between them.
///
/// A voice within the usual range stays as it is. Levels are mean sizes of samples.
struct AutomaticLevel {
    /// About −25 dBm0 and −8 dBm0 of speech.
    private static let usual: ClosedRange<Int32> = 600...4_000
    /// 6 dB down; up ``Gain/most``.
    private static let least: Int32 = Gain.unity / 2

    /// What its words were like lately; nil before the first.
    private var speech: Int32?
    /// In 4,096ths.
    private(set) var gain = Gain.unity

    /// A frame of speech: 20 ms. The mean moves by a 32nd of the difference, the gain by a 128th of itself
    /// up (3.4 dB a second) and by a 32nd down: who shouts is at once too loud for all.
    mutating func hear(_ level: Int32) {
        let mean = speech.map { $0 + (level - $0) / 32 } ?? level
        speech = mean
        let wanted = Self.wanted(for: mean)
        if wanted > gain {
            gain = min(wanted, gain + max(1, gain / 128))
        } else {
            gain = max(wanted, gain - max(1, gain / 32))
        }
    }

    private static func wanted(for mean: Int32) -> Int32 {
        let heard = max(1, mean)
        if heard < usual.lowerBound {
            return min(Gain.most, Gain.unity * usual.lowerBound / heard)
        }
        if heard > usual.upperBound { return max(least, Gain.unity * usual.upperBound / heard) }
        return Gain.unity
    }
}
