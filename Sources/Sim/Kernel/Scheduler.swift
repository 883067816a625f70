import CSim
import Platform
import Synchronization

/// A job that can run now.
struct RunnableJob: Sendable {
    var job: UnownedJob
    var isForMainActor: Bool
}

/// Runs everything that happens in the world, one thing at a time, in an order that the seed picks.
///
/// Jobs take no virtual time. When none is runnable, the clock jumps to the next deadline.
final class Scheduler: Sendable {
    private struct Agenda {
        var runnable: [RunnableJob] = []
        var waiting = WaitingActions()
        var now = Instant.start
        var random: SeededGenerator
        var stepsRun = 0
        var jobsRun = 0
        var jobsOffThread = 0
    }

    private enum Step {
        case job(RunnableJob, choice: Int)
        case action(@Sendable () -> Void)
        case nothing
    }

    private let agenda: Mutex<Agenda>
    private let trace: Trace

    init(random: SeededGenerator, trace: Trace) {
        agenda = Mutex(Agenda(random: random))
        self.trace = trace
    }

    var now: Instant { agenda.withLock { $0.now } }
    /// Jobs and due actions so far: the count that names an instant of a run.
    var stepsRun: Int { agenda.withLock { $0.stepsRun } }
    var jobsRun: Int { agenda.withLock { $0.jobsRun } }
    /// Jobs that another thread enqueued: their order is not the seed's.
    var jobsOffThread: Int { agenda.withLock { $0.jobsOffThread } }
    /// How many actions wait for their deadline.
    var waitingCount: Int { agenda.withLock { $0.waiting.count } }

    func enqueue(_ job: RunnableJob) {
        let isOffThread = !csim_is_adopted_thread()
        agenda.withLock { agenda in
            if isOffThread { agenda.jobsOffThread += 1 }
            agenda.runnable.append(job)
        }
    }

    func enqueue(_ job: RunnableJob, after delay: Duration) {
        perform(after: delay) { [self] in enqueue(job) }
    }

    /// Runs an action once, at that instant or now where it has passed.
    func perform(at deadline: Instant, _ run: @escaping @Sendable () -> Void) {
        agenda.withLock { agenda in
            agenda.waiting.add(run, at: max(deadline, agenda.now))
        }
    }

    func perform(after delay: Duration, _ run: @escaping @Sendable () -> Void) {
        agenda.withLock { agenda in
            agenda.waiting.add(run, at: agenda.now + max(delay, .zero))
        }
    }

    /// Names an action that is kept until it is withdrawn: an alarm's.
    func keep(_ run: @escaping @Sendable () -> Void) -> Int {
        agenda.withLock { $0.waiting.keep(run) }
    }

    /// Sets or disarms a kept action's deadline; it fires up to a millisecond late, as live ones do.
    func set(_ action: Int, at deadline: Instant?) {
        agenda.withLock { agenda in
            guard let deadline else { return agenda.waiting.disarm(action) }
            let lateness = Duration.nanoseconds(Int64(agenda.random.below(1_000_000)))
            agenda.waiting.set(action, at: max(deadline, agenda.now) + lateness)
        }
    }

    func withdraw(_ action: Int) {
        // What the action held may withdraw actions of its own: it goes when the lock is free.
        let forgotten = agenda.withLock { $0.waiting.withdraw(action) }
        _ = consume forgotten
    }

    /// Runs until that instant has come and nothing is runnable, or until nothing is left to wait
    /// for.
    ///
    /// - Parameter lastStep: stops before the step after that one; nil goes on.
    func run(until end: Instant, lastStep: Int? = nil) {
        while lastStep.map({ stepsRun < $0 }) ?? true {
            switch nextStep(until: end) {
            case .job(let job, let choice):
                trace.mix(UInt64(truncatingIfNeeded: choice))
                runSynchronously(job)
            case .action(let run):
                run()
            case .nothing:
                return
            }
        }
    }

    private func nextStep(until end: Instant) -> Step {
        agenda.withLock { agenda in
            agenda.stepsRun += 1
            if !agenda.runnable.isEmpty { return Self.takeJob(&agenda) }
            guard let next = agenda.waiting.earliest, next <= end else {
                agenda.now = max(agenda.now, end)
                csim_set_now(agenda.now.nanoseconds)
                agenda.stepsRun -= 1
                return .nothing
            }
            if next > agenda.now {
                agenda.now = next
                csim_set_now(next.nanoseconds)
            }
            return agenda.waiting.takeFirst().map(Step.action) ?? .nothing
        }
    }

    private static func takeJob(_ agenda: inout Agenda) -> Step {
        let count = agenda.runnable.count
        let choice = count == 1 ? 0 : Int(agenda.random.below(UInt64(count)))
        let job = agenda.runnable[choice]
        agenda.runnable[choice] = agenda.runnable[count - 1]
        agenda.runnable.removeLast()
        agenda.jobsRun += 1
        return .job(job, choice: choice)
    }
}
