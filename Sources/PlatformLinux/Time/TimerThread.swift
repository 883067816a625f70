import Platform
import Synchronization

/// All alarms of the process: one timer wheel and one thread that sleeps until the next deadline.
public final class TimerThread: Timers {
    private let wheel: SharedWheel
    private let thread: PlatformThread

    /// - Parameter time: the clock that deadlines are read against.
    public init(time: SystemTime) throws(PlatformThread.Failure) {
        let wheel = SharedWheel(time: time)
        self.wheel = wheel
        thread = try PlatformThread(named: "timers") { wheel.run() }
    }

    deinit { wheel.stop() }

    public func makeAlarm(_ fire: @escaping @Sendable () -> Void) -> any Alarm {
        WheelAlarm(wheel: wheel, fire: fire)
    }

    /// How many alarms exist: a figure for metrics, and for tests that nothing is left behind.
    public var alarmCount: Int { wheel.alarmCount }

    /// Ends the thread. Alarms may still be set and let go; none fires any more.
    public func shutdown() {
        wheel.stop()
        thread.join()
    }
}

/// The wheel behind its lock, the alarms' closures beside it.
private final class SharedWheel: @unchecked Sendable {
    // Everything below is touched under the monitor only: hence @unchecked.
    private let monitor = Monitor()
    private let time: SystemTime
    private var wheel: TimerWheel
    /// What to call, by the timer's place. The alarm's `deinit` takes it out.
    private var actions: [(@Sendable () -> Void)?] = []
    /// When the thread will wake by itself.
    private var sleepsUntil: Instant?
    private var isStopped = false

    init(time: SystemTime) {
        self.time = time
        wheel = TimerWheel(now: time.now)
    }

    var alarmCount: Int { monitor.locked { wheel.count } }

    func makeTimer(_ action: @escaping @Sendable () -> Void) -> TimerWheel.TimerID {
        monitor.locked {
            let timer = wheel.makeTimer()
            if timer.place == actions.count {
                actions.append(action)
            } else {
                actions[timer.place] = action
            }
            return timer
        }
    }

    func removeTimer(_ timer: TimerWheel.TimerID) {
        // The closure may own things whose `deinit` comes back here: it is let go outside the lock.
        let action = monitor.locked {
            wheel.remove(timer)
            let taken = actions[timer.place]
            actions[timer.place] = nil
            return taken
        }
        _ = action
    }

    func arm(_ timer: TimerWheel.TimerID, at deadline: Instant?) {
        monitor.locked {
            guard let deadline else {
                wheel.disarm(timer)
                return
            }
            wheel.arm(timer, at: deadline)
            guard let next = wheel.nextWake else { return }
            // A thread that wakes early finds nothing due; one that wakes late would be late.
            if sleepsUntil.map({ next < $0 }) ?? true { monitor.signal() }
        }
    }

    func stop() {
        monitor.locked {
            isStopped = true
            monitor.signal()
        }
    }

    /// The thread's life.
    func run() {
        var fired: [TimerWheel.TimerID] = []
        var due: [@Sendable () -> Void] = []
        monitor.lock()
        while !isStopped {
            wheel.advance(to: time.now, into: &fired)
            if fired.isEmpty {
                sleep()
                continue
            }
            for timer in fired {
                if let action = actions[timer.place] { due.append(action) }
            }
            monitor.unlock()
            for action in due { action() }
            fired.removeAll(keepingCapacity: true)
            due.removeAll(keepingCapacity: true)
            monitor.lock()
        }
        monitor.unlock()
    }

    private func sleep() {
        sleepsUntil = wheel.nextWake
        if let sleepsUntil {
            monitor.wait(untilMonotonic: time.monotonic(at: sleepsUntil))
        } else {
            monitor.wait()
        }
        // Until it sleeps again, nobody needs to wake it.
        sleepsUntil = .start
    }
}

/// One timer of the wheel; letting go of it disarms and frees it.
private final class WheelAlarm: Alarm {
    private let wheel: SharedWheel
    private let timer: TimerWheel.TimerID

    init(wheel: SharedWheel, fire: @escaping @Sendable () -> Void) {
        self.wheel = wheel
        timer = wheel.makeTimer(fire)
    }

    deinit { wheel.removeTimer(timer) }

    func set(_ deadline: Instant?) { wheel.arm(timer, at: deadline) }
}
