import Platform

/// How busy an office is over a day: quiet at night, a peak before noon, lunch, a second peak.
enum DailyCurve {
    /// The length of a step.
    static let step = Duration.seconds(1800)
    private static let day = Duration.seconds(86_400)

    /// Thousandths of the busiest time, for each half hour from midnight on.
    private static let weights = [
        8, 8, 6, 6, 5, 5, 5, 5, 6, 8, 10, 15,  // to 6:00
        25, 50, 110, 250, 480, 700, 850, 960, 1000, 1000, 1000, 950,  // to 12:00
        700, 450, 420, 600, 850, 950, 980, 960, 900, 780, 600, 380,  // to 18:00
        240, 150, 110, 90, 70, 55, 40, 30, 20, 15, 12, 10,
    ]

    /// When a run of that length begins: a short one takes place at the peak, one of some hours is a
    /// working day, a longer one begins at midnight.
    static func opening(for duration: Duration) -> Duration {
        if duration <= .seconds(5400) { return .seconds(10 * 3600) }
        return duration <= .seconds(12 * 3600) ? .seconds(8 * 3600 + 1800) : .zero
    }

    /// How long it takes until so much of the peak's time has passed: an hour at half the rate is
    /// half an hour of the peak's.
    ///
    /// - Parameters:
    ///   - work: nanoseconds of the peak's time.
    ///   - timeOfDay: when it begins; may lie beyond the first day.
    static func time(for work: Double, from timeOfDay: Duration) -> Duration {
        var rest = work
        var now = timeOfDay.nanoseconds % day.nanoseconds
        var passed: Int64 = 0
        // The quietest day is worth an hour: nobody waits for more than some weeks.
        for _ in 0..<(weights.count * 60) {
            let index = Int(now / step.nanoseconds) % weights.count
            let weight = Double(weights[index]) / 1000
            let left = step.nanoseconds - now % step.nanoseconds
            if Double(left) * weight >= rest { return .nanoseconds(passed + Int64(rest / weight)) }
            rest -= Double(left) * weight
            passed += left
            now = (now + left) % day.nanoseconds
        }
        return .nanoseconds(passed)
    }
}
