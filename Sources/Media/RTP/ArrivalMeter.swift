import Platform

/// How one source's packets come in over a whole call: what a doctor asks for when it sounded bad.
///
/// Integers only, some nanoseconds a packet. Times are microseconds.
struct ArrivalMeter: Equatable, Sendable {
    /// What comes later than the earliest by more than this is late: more than a usual jitter buffer
    /// waits for.
    static var lateness: Int64 { 60_000 }
    /// Time stood still there, as on hold, or begins anew.
    private static var longestStep: Int64 { 500_000 }
    /// The earliest packet of so long counts as one without delay.
    private static var window: Int64 { 5_000_000 }
    /// Clocks are compared over so long at least: an earliest packet is good to a millisecond.
    private static var shortestComparison: Int64 { 60_000_000 }

    /// The sound's; others belong to another clock.
    private(set) var payloadType: UInt8 = 255
    private var clockRate: Int64 = 8_000
    private var hasBegun = false
    private var lastTimestamp: UInt32 = 0
    private var units: Int64 = 0
    private var lastTransit: Int64 = 0
    /// Sixteen times the jitter.
    private var jitter16: Int64 = 0
    private(set) var lateCount: UInt64 = 0
    private(set) var count: UInt64 = 0
    private var windowEnd: Int64 = 0
    private var earliestBefore = Int64.max
    private var earliestNow = Int64.max
    /// Of the first window and of the last that is complete, and when they ended.
    private var first: (transit: Int64, time: Int64) = (0, 0)
    private var last: (transit: Int64, time: Int64) = (0, 0)

    static func == (one: ArrivalMeter, other: ArrivalMeter) -> Bool {
        one.payloadType == other.payloadType && one.count == other.count
            && one.lastTimestamp == other.lastTimestamp && one.lastTransit == other.lastTransit
    }

    /// The clock of what comes from now on; what was counted stays.
    mutating func begin(payloadType: UInt8, clockRate: Int) {
        self.payloadType = payloadType
        self.clockRate = Int64(max(clockRate, 1))
        hasBegun = false
    }

    @inline(__always)
    mutating func note(_ timestamp: UInt32, now: Instant) {
        let time = now.nanoseconds / 1_000
        guard hasBegun else { return restart(timestamp, time) }
        units += Int64(Int32(bitPattern: timestamp &- lastTimestamp))
        lastTimestamp = timestamp
        let transit = time - units * 1_000_000 / clockRate
        let change = abs(transit - lastTransit)
        guard change < Self.longestStep else { return restart(timestamp, time) }
        lastTransit = transit
        count &+= 1
        jitter16 += change - (jitter16 + 8) >> 4
        if time >= windowEnd { turnWindow(time) }
        earliestNow = min(earliestNow, transit)
        if transit - min(earliestNow, earliestBefore) > Self.lateness { lateCount &+= 1 }
    }

    private mutating func restart(_ timestamp: UInt32, _ time: Int64) {
        hasBegun = true
        count &+= 1
        lastTimestamp = timestamp
        units = 0
        lastTransit = time
        earliestBefore = Int64.max
        earliestNow = time
        windowEnd = time + Self.window
        (first, last) = ((0, 0), (0, 0))
    }

    private mutating func turnWindow(_ time: Int64) {
        if earliestNow != Int64.max {
            last = (earliestNow, time)
            if first.time == 0 { first = last }
        }
        earliestBefore = earliestNow
        earliestNow = Int64.max
        windowEnd = time + Self.window
    }

    /// RFC 3550 §A.8.
    var jitter: Duration { .microseconds(jitter16 >> 4) }

    /// By how many millionths the party's clock is faster than ours; nil where the call was too short
    /// to say, or its time did not go on evenly.
    var drift: Int? {
        let span = last.time - first.time
        guard span >= Self.shortestComparison else { return nil }
        return Int((first.transit - last.transit) * 1_000_000 / span)
    }
}

/// What came of a stream of one leg, beside the counts.
public struct StreamHealth: Equatable, Sendable {
    /// At the end (RFC 3550 §A.8).
    public var jitter = Duration.zero
    /// Packets later than the earliest by more than 60 ms, of so many that were looked at.
    public var lateCount: UInt64 = 0
    public var judgedCount: UInt64 = 0
    /// How often packets were missing, one or several in a row.
    public var lossRuns: UInt64 = 0
    /// The longest time without any packet, while some should have come.
    public var longestGap = Duration.zero
    /// Millionths by which the party's clock is faster than ours; nil where that can't be said.
    public var drift: Int?
    /// Packets of a payload type that nobody agreed on, and the last such type.
    public var strangeCount: UInt64 = 0
    public var strangeType: UInt8?

    public init() {}
}
