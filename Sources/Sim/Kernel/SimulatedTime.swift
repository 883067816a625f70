import CSim
import Platform

/// The virtual clock. The first instant is midnight of 2027-01-01 UTC on people's clocks.
public struct SimulatedTime: TimeSource {
    /// What people's clocks show at the first instant.
    public static var firstWallTime: WallTime { WallTime(microseconds: 1_798_761_600_000_000) }

    let scheduler: Scheduler

    public var now: Instant { scheduler.now }

    public var wallTime: WallTime {
        WallTime(microseconds: csim_wall_nanoseconds() / 1000)
    }
}

/// Alarms on the virtual clock.
public struct SimulatedTimers: Timers {
    let scheduler: Scheduler

    public func makeAlarm(_ fire: @escaping @Sendable () -> Void) -> any Alarm {
        SimulatedAlarm(scheduler: scheduler, fire: fire)
    }
}

/// One wake-up; it goes with its owner.
private final class SimulatedAlarm: Alarm {
    private let scheduler: Scheduler
    private let action: Int

    init(scheduler: Scheduler, fire: @escaping @Sendable () -> Void) {
        self.scheduler = scheduler
        action = scheduler.keep(fire)
    }

    deinit { scheduler.withdraw(action) }

    func set(_ deadline: Instant?) {
        scheduler.set(action, at: deadline)
    }
}

extension Instant {
    /// Whole seconds that the world is old.
    var secondsSinceStart: Int { Int(nanoseconds / 1_000_000_000) }
}
