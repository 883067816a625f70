import Glibc
import Platform
import Synchronization

/// Runs the owners' jobs, on as few threads as keep up with them.
///
/// A loop that receives messages is its host: jobs run on the loop's own thread, after each batch of
/// what it read, so that a message wakes one thread and its answer leaves from there. Helpers, one for each
/// other processor, come in where more jobs wait than the host works off soon, and do everything while
/// there is no host. An owner is an actor, so that it does not matter on which thread a job runs.
///
///     socket ──► host: read ─► post ─► jobs … ─► rest ──► socket
///                                      │  ▲
///                   jobs of a crowd ◄──┘  └── jobs that other threads post
///                   └─► helpers
public final class OwnersExecutor: TaskExecutor {
    /// Deep parsers and SQLite's readers run on these threads.
    static var stackSize: Int { 4 << 20 }

    private let line: JobLine
    private let helpers: [PlatformThread]

    /// - Parameter processorCount: how many there are for this process: the host has one, each helper
    ///   another. With a single one, the only helper stands in where there is no host.
    public init(processorCount: Int) throws(PlatformThread.Failure) {
        let line = JobLine(helpsHost: processorCount > 1)
        self.line = line
        var helpers: [PlatformThread] = []
        for number in 0..<max(1, processorCount - 1) {
            do {
                helpers.append(
                    try PlatformThread(named: "owners-\(number)", stackSize: Self.stackSize) {
                        line.help()
                    })
            } catch {
                line.stop()
                throw error
            }
        }
        self.helpers = helpers
        line.bind(to: self)
    }

    deinit { line.stop() }

    public func enqueue(_ job: consuming ExecutorJob) {
        line.add(UnownedJob(job))
    }

    /// Ends the helpers once nothing waits any more. Blocks until then. Jobs that come later never run.
    public func shutdown() {
        line.stop()
        for thread in helpers { thread.join() }
    }

    /// How many jobs wait: a figure for metrics.
    public var depth: Int { line.depth }

    var hasJobs: Bool { line.depth > 0 }

    // MARK: For the host

    /// Makes the calling thread the host, until ``endHosting()``; false where there is one.
    ///
    /// - Parameter ring: wakes the host out of its wait, from any thread.
    func beginHosting(_ ring: @escaping @Sendable () -> Void) -> Bool { line.beginHosting(ring) }

    /// The host is no more: the helpers do what waits.
    func endHosting() { line.endHosting() }

    /// Runs some jobs on the host's thread, and rings the bells that they asked for.
    func runSome() { line.runSome() }

    /// The host is about to wait; false where it must not, because jobs are there.
    func hostMayWait() -> Bool { line.hostMayWait() }

    /// The host has waited: from now on nobody needs to ring.
    func hostIsBack() { line.hostIsBack() }

    /// Rings when the jobs of this turn are done, once for all of them; false where the caller is no
    /// job of the host's and has to ring itself.
    func ringLater(_ bell: any Bell) -> Bool { line.ringLater(bell) }
}

/// Wakes a thread.
protocol Bell: AnyObject, Sendable {
    func ring()
}

/// The jobs that wait, and who runs them.
private final class JobLine: @unchecked Sendable {
    /// Jobs that the host runs before it reads again: some hundred microseconds.
    private static var turn: Int { 64 }
    /// Jobs taken at once, so that the helpers find the rest.
    private static var handful: Int { 8 }
    /// So many jobs that wait are worth another thread.
    private static var crowd: Int { 32 }

    private enum Host {
        case none, waiting, awake
    }

    // Everything below is touched under the monitor only, but for the last three: hence @unchecked.
    private let monitor = Monitor()
    private let helpsHost: Bool
    private var jobs = JobRing()
    private var host = Host.none
    private var ringHost: (@Sendable () -> Void)?
    private var idleHelpers = 0
    /// Helpers that were woken and are not there yet.
    private var calledHelpers = 0
    private var busyHelpers = 0
    private var isStopping = false
    /// Whom the jobs run as: set once, before the first of them comes.
    private var executor: UnownedTaskExecutor?
    /// Of the host's thread alone.
    private var bells: [any Bell] = []
    private var handfuls: [UnownedJob] = []

    private let hostThread = Atomic<UInt>(0)

    init(helpsHost: Bool) { self.helpsHost = helpsHost }

    func bind(to executor: OwnersExecutor) { self.executor = executor.asUnownedTaskExecutor() }

    var depth: Int { monitor.locked { jobs.count } }

    func add(_ job: UnownedJob) {
        let ring = monitor.locked { () -> (@Sendable () -> Void)? in
            jobs.append(job)
            switch host {
            case .waiting:
                host = .awake
                return ringHost
            case .awake:
                if helpsHost { callHelpers(for: jobs.count / Self.crowd) }
            case .none:
                callHelpers(for: jobs.count)
            }
            return nil
        }
        ring?()
    }

    /// The lock is held.
    private func callHelpers(for wanted: Int) {
        guard busyHelpers + calledHelpers < wanted, calledHelpers < idleHelpers else { return }
        calledHelpers += 1
        monitor.signalOne()
    }

    func stop() {
        monitor.locked {
            isStopping = true
            monitor.signal()
        }
    }

    // MARK: A helper's thread

    func help() {
        monitor.lock()
        while true {
            if isWorthHelp, let job = jobs.popFirst() {
                busyHelpers += 1
                monitor.unlock()
                run(job)
                monitor.lock()
                busyHelpers -= 1
            } else if isStopping, jobs.isEmpty {
                break
            } else {
                idleHelpers += 1
                monitor.wait()
                idleHelpers -= 1
                calledHelpers = max(0, calledHelpers - 1)
            }
        }
        monitor.unlock()
    }

    private var isWorthHelp: Bool {
        host == .none || isStopping || helpsHost && jobs.count > Self.crowd / 2
    }

    private func run(_ job: UnownedJob) {
        guard let executor else { return }
        job.runSynchronously(on: executor)
    }

    // MARK: The host's thread

    func beginHosting(_ ring: @escaping @Sendable () -> Void) -> Bool {
        let isFree = monitor.locked { () -> Bool in
            guard host == .none, !isStopping else { return false }
            host = .awake
            ringHost = ring
            return true
        }
        if isFree { hostThread.store(UInt(pthread_self()), ordering: .relaxed) }
        return isFree
    }

    func endHosting() {
        hostThread.store(0, ordering: .relaxed)
        monitor.locked {
            host = .none
            ringHost = nil
            monitor.signal()
        }
    }

    func hostMayWait() -> Bool {
        monitor.locked {
            guard jobs.isEmpty else { return false }
            host = .waiting
            return true
        }
    }

    func hostIsBack() {
        monitor.locked { host = .awake }
    }

    func runSome() {
        guard let executor else { return }
        var done = 0
        while done < Self.turn {
            handfuls.removeAll(keepingCapacity: true)
            monitor.locked {
                while handfuls.count < Self.handful, let job = jobs.popFirst() {
                    handfuls.append(job)
                }
            }
            if handfuls.isEmpty { break }
            for job in handfuls { job.runSynchronously(on: executor) }
            done += handfuls.count
        }
        for bell in bells { bell.ring() }
        bells.removeAll(keepingCapacity: true)
    }

    func ringLater(_ bell: any Bell) -> Bool {
        guard hostThread.load(ordering: .relaxed) == UInt(pthread_self()) else { return false }
        bells.append(bell)
        return true
    }
}

/// First in, first out. Not bounded by itself: an owner has two jobs at most that wait.
private struct JobRing {
    private var places = [UnownedJob?](repeating: nil, count: 256)
    private var first = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ job: UnownedJob) {
        if count == places.count {
            places = Array(places[first...] + places[..<first])
            places += [UnownedJob?](repeating: nil, count: count)
            first = 0
        }
        places[(first + count) & (places.count - 1)] = job
        count += 1
    }

    mutating func popFirst() -> UnownedJob? {
        guard count > 0 else { return nil }
        defer {
            places[first] = nil
            first = (first + 1) & (places.count - 1)
            count -= 1
        }
        return places[first]
    }
}
