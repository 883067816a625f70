/// A point on the exchange's monotonic clock: nanoseconds since the world began.
///
/// Never jumps, never goes back; comparable only within one run. For the time that people
/// read, see ``WallTime``.
public struct Instant: Hashable, Comparable, Sendable {
    /// Nanoseconds since the world began.
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The first instant of every world.
    public static let start = Instant(nanoseconds: 0)

    public static func < (one: Instant, other: Instant) -> Bool {
        one.nanoseconds < other.nanoseconds
    }

    public static func + (instant: Instant, delay: Duration) -> Instant {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(delay.nanoseconds)
        return Instant(nanoseconds: overflow ? (delay.nanoseconds < 0 ? .min : .max) : sum)
    }

    public static func - (end: Instant, start: Instant) -> Duration {
        let (span, overflow) = end.nanoseconds.subtractingReportingOverflow(start.nanoseconds)
        return .nanoseconds(overflow ? (end < start ? .min : .max) : span)
    }
}

extension Duration {
    /// The whole duration in nanoseconds, saturated at what 64 bits hold (292 years).
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }
}

extension Instant: Codable {
    /// As its nanoseconds.
    public init(from decoder: any Decoder) throws {
        nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }
}
