import Platform

/// How often one person feels like calling somebody: at random (Poisson), with the day's curve.
public struct CallPace: Sendable, Equatable {
    /// The mean time between two wishes at the busiest time of the day; nil: never.
    public var peakInterval: Duration?
    /// The time of day at which the run begins.
    public var opensAt: Duration

    public init(peakInterval: Duration?, opensAt: Duration = .seconds(10 * 3600)) {
        self.peakInterval = peakInterval
        self.opensAt = opensAt
    }

    /// How long until the next wish; nil where there is none.
    func nextWish(now: Instant, _ random: some RandomSource) -> Duration? {
        guard let peakInterval else { return nil }
        let work = Double(peakInterval.nanoseconds) * random.exponential()
        return DailyCurve.time(for: work, from: opensAt + (now - .start))
    }
}
