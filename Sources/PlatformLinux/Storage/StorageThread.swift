import Platform

/// The live storage lane: one thread that runs the jobs in the order given.
public final class StorageThread: StorageLane {
    /// Beyond this many waiting jobs the caller waits for the disk: a call record that was dropped
    /// would be lost for ever, and memory must not follow a disk that has stopped.
    public static var backlogLimit: Int { 65_536 }

    private let backlog: Backlog
    private let thread: PlatformThread

    public init(named name: String = "storage") throws(PlatformThread.Failure) {
        let backlog = Backlog(
            limit: Self.backlogLimit, patience: Int64(Self.patience / .nanoseconds(1)),
            pace: BatchPace(Self.pace))
        self.backlog = backlog
        thread = try PlatformThread(named: name, stackSize: 4 << 20) { backlog.run() }
    }

    deinit { backlog.close() }

    /// So long a job that is in no hurry waits for others: a crash loses no more than that of what
    /// was promised to nobody.
    public static var patience: Duration { .milliseconds(2) }

    /// So much later than a batch, at the earliest, the next one begins while jobs come thick and fast:
    /// a commit costs the more the fewer share it. What comes now and then does not wait.
    public static var pace: Duration { .milliseconds(8) }

    /// After `shutdown` the job is dropped and counted.
    public func perform(_ job: @escaping @Sendable () -> Void) {
        backlog.add(job, isHurried: true, mayWait: !thread.isCurrent)
    }

    public func performUnhurried(_ job: @escaping @Sendable () -> Void) {
        backlog.add(job, isHurried: false, mayWait: !thread.isCurrent)
    }

    /// How many jobs wait: a figure for metrics.
    public var depth: Int { backlog.depth }

    /// How many jobs came after `shutdown`: a figure for metrics.
    public var refusedCount: Int { backlog.refusedCount }

    /// Runs everything that was given before, jobs given by those jobs included, and ends.
    /// Blocks until then.
    public func shutdown() {
        backlog.close()
        thread.join()
    }
}

private final class Backlog: @unchecked Sendable {
    // Everything below is touched under the monitor only: hence @unchecked.
    private let monitor = Monitor()
    private let limit: Int
    /// Nanoseconds.
    private let patience: Int64
    private var pace: BatchPace
    private var isResting = false
    private var waiting: [@Sendable () -> Void] = []
    private var isHurried = false
    private var isRunningJobs = false
    /// The thread has seen that something waits, and lets it.
    private var isPatient = false
    private var isClosing = false
    private var isOver = false
    private var refused = 0

    init(limit: Int, patience: Int64, pace: BatchPace) {
        self.pace = pace
        self.limit = limit
        self.patience = patience
    }

    var depth: Int { monitor.locked { waiting.count } }

    var refusedCount: Int { monitor.locked { refused } }

    func add(_ job: @escaping @Sendable () -> Void, isHurried: Bool, mayWait: Bool) {
        monitor.locked {
            while mayWait && waiting.count >= limit && !isClosing { monitor.wait() }
            // The jobs that still run while closing may add their own last ones.
            guard !isOver, !isClosing || !mayWait else {
                refused += 1
                return
            }
            waiting.append(job)
            if isHurried { self.isHurried = true }
            if !isRunningJobs, !isResting, isHurried || !isPatient { monitor.signal() }
        }
    }

    func close() {
        monitor.locked {
            isClosing = true
            monitor.signal()
        }
    }

    /// The thread's life.
    func run() {
        while let jobs = take() {
            for job in jobs { job() }
        }
    }

    /// All that wait; nil when closed and nothing is left.
    private func take() -> [@Sendable () -> Void]? {
        monitor.locked {
            isRunningJobs = false
            rest()
            while waiting.isEmpty {
                if isClosing {
                    isOver = true
                    return nil
                }
                monitor.wait()
            }
            lingerUnlessHurried()
            let jobs = waiting
            waiting = []
            isHurried = false
            isRunningJobs = true
            pace.begin(at: Monitor.monotonicNow)
            if jobs.count >= limit { monitor.signal() }
            return jobs
        }
    }

    /// Keeps the pace. The lock is held before and after.
    private func rest() {
        guard let end = pace.end(now: Monitor.monotonicNow) else { return }
        isResting = true
        while !isClosing, waiting.count < limit, Monitor.monotonicNow < end {
            monitor.wait(untilMonotonic: end)
        }
        isResting = false
    }

    /// Lets what nobody waits for wait for more. The lock is held before and after.
    private func lingerUnlessHurried() {
        isPatient = true
        let end = Monitor.monotonicNow + patience
        while !isHurried, !isClosing, waiting.count < limit, Monitor.monotonicNow < end {
            monitor.wait(untilMonotonic: end)
        }
        isPatient = false
    }
}
