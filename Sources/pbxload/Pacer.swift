import Platform

/// Says how many of a row of evenly spaced events are due.
struct Pacer: Equatable, Sendable {
    /// What is owed beyond so many seconds of events is forgotten: it would come as a burst.
    private static let longestDebt = 1.0

    let perSecond: Double
    private var began: Instant
    /// Events that were done or forgotten.
    private var settledCount = 0

    init(perSecond: Double, began: Instant) {
        self.perSecond = perSecond
        self.began = began
    }

    /// How many are due and not done. The first is due at once.
    func owedCount(now: Instant) -> Int {
        guard now >= began else { return 0 }
        let seconds = Double((now - began).nanoseconds) / 1e9
        return max(0, Int(seconds * perSecond) + 1 - settledCount)
    }

    mutating func settle(_ count: Int) {
        settledCount += count
    }

    /// Forgets what is owed for too long; how many that were.
    mutating func forgetOld(now: Instant) -> Int {
        let excess = owedCount(now: now) - max(1, Int(perSecond * Self.longestDebt))
        guard excess > 0 else { return 0 }
        settledCount += excess
        return excess
    }

    /// When the next one is due.
    var next: Instant {
        began + .nanoseconds(Int64(Double(settledCount) / perSecond * 1e9))
    }
}
