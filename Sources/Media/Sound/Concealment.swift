/// Fills the place of lost packets with more of the same: the last pitch period, repeated and soon
/// faded out (after ITU-T G.711 appendix I, without its delay).
struct Concealment {
    /// Silent after so many samples in a row.
    private let longest: Int
    private let shortestPitch: Int
    private let longestPitch: Int
    /// Over which two sounds pass into one another: 5 ms.
    private let seam: Int
    /// Of what was heard last so much is compared with what was before it: 10 ms. More would also hold
    /// what sounded before, which the period that follows need not resemble.
    private let window: Int
    /// What was heard last: the longest pitch, and what is compared.
    private var history: [Int16]
    /// The period that is repeated.
    private var period: [Int16]
    private var pitch = 0
    /// Samples made up since the last good one; 0 while all is well.
    private(set) var madeUp = 0
    /// They are ours, and no codec's.
    private var isOurs = false
    /// From the end of what was heard to the beginning of the period.
    private var step: Int32 = 0

    init(sampleRate: Int) {
        longest = sampleRate * 60 / 1_000
        shortestPitch = sampleRate / 200
        longestPitch = sampleRate * 15 / 1_000
        seam = sampleRate * 5 / 1_000
        window = sampleRate * 10 / 1_000
        history = Array(repeating: 0, count: sampleRate * 30 / 1_000)
        period = Array(repeating: 0, count: sampleRate * 15 / 1_000)
    }

    /// True when nothing but silence would come; of what a codec makes up itself that is a guess.
    var isSilent: Bool { madeUp >= (isOurs ? longest : 3 * longest) }

    /// Takes good samples, and lets what was made up pass into them.
    mutating func hear(_ samples: inout MutableSpan<Int16>, count: Int) {
        // A codec that makes samples up lets them pass into its next ones itself.
        if madeUp > 0, isOurs {
            for index in 0..<min(seam, count) {
                let old = Int32(next())
                let new = Int32(samples[index])
                let mixed = old + (new - old) * Int32(index) / Int32(seam)
                samples[index] = Int16(clamping: mixed)
            }
        }
        madeUp = 0
        let kept = max(0, history.count - count)
        for index in 0..<kept { history[index] = history[index + history.count - kept] }
        let start = count - (history.count - kept)
        for index in kept..<history.count { history[index] = samples[start + index - kept] }
    }

    /// Makes samples up.
    mutating func conceal(_ count: Int, into samples: inout MutableSpan<Int16>) {
        if madeUp == 0 || !isOurs { findPeriod() }
        isOurs = true
        for index in 0..<count { samples[index] = next() }
    }

    /// What would be made up next.
    func foresee(_ count: Int, into samples: inout MutableSpan<Int16>) {
        var later = self
        for index in 0..<count { samples[index] = later.next() }
    }

    /// The codec made samples up itself.
    mutating func noteMadeUp(_ count: Int) {
        isOurs = false
        madeUp += count
    }

    private mutating func next() -> Int16 {
        guard madeUp < longest else {
            madeUp += 1
            return 0
        }
        var value = Int32(period[madeUp % pitch])
        if madeUp < seam { value += step * Int32(seam - madeUp) / Int32(seam) }
        let full = longest / 6
        if madeUp > full { value = value * Int32(longest - madeUp) / Int32(longest - full) }
        madeUp += 1
        return Int16(clamping: value)
    }

    /// The lag at which the last 10 ms resemble what was before them most, and its period with the
    /// seam made smooth.
    private mutating func findPeriod() {
        let start = history.count - window
        var best = longestPitch
        var bestLikeness = -Float.infinity
        for lag in shortestPitch...longestPitch {
            var product: Float = 0
            var energy: Float = 1
            var index = start
            while index < history.count {
                let old = Float(history[index - lag])
                product += Float(history[index]) * old
                energy += old * old
                index += 2
            }
            let likeness = product > 0 ? product * product / energy : 0
            if likeness > bestLikeness {
                bestLikeness = likeness
                best = lag
            }
        }
        pitch = best
        let first = history.count - pitch
        for index in 0..<pitch { period[index] = history[first + index] }
        // The end of the period passes into what was before its beginning.
        let blend = min(seam, pitch / 2)
        for index in 0..<blend {
            let place = pitch - blend + index
            let before = Int32(history[first - blend + index])
            let own = Int32(period[place])
            period[place] = Int16(
                clamping: own + (before - own) * Int32(index + 1) / Int32(blend))
        }
        step = Int32(history[history.count - 1]) - Int32(history[first - 1])
    }
}
