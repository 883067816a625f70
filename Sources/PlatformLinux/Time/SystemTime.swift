import Glibc
import Platform

/// The machine's clocks: the monotonic one, counted from this value's making, and the wall clock.
public struct SystemTime: TimeSource {
    /// The monotonic clock at `Instant.start`.
    let origin: Int64

    public init() {
        origin = Self.read(CLOCK_MONOTONIC)
    }

    public var now: Instant {
        Instant(nanoseconds: Self.read(CLOCK_MONOTONIC) - origin)
    }

    public var wallTime: WallTime {
        WallTime(microseconds: Self.read(CLOCK_REALTIME) / 1000)
    }

    /// The kernel's monotonic clock at an instant, for calls that wait until then.
    func monotonic(at instant: Instant) -> Int64 {
        let (sum, overflow) = origin.addingReportingOverflow(instant.nanoseconds)
        return overflow ? .max : max(0, sum)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
