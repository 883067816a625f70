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
        var deadlines = DeadlineTable<UInt64>()
        var actions: [UInt64: Action] = [:]
        var lastAction: UInt64 = 0
        var now = Instant.start
        var random: SeededGenerator
        var stepsRun = 0
        var jobsRun = 0
        var jobsOffThread = 0
    }

    private struct Action {
        var run: @Sendable () -> Void
        /// An alarm's action stays when it has run, until the alarm goes.
        var isKept: Bool
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
    var waitingCount: Int { agenda.withLock { $0.deadlines.count } }

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
            agenda.lastAction += 1
            agenda.actions[agenda.lastAction] = Action(run: run, isKept: false)
            agenda.deadlines.set(agenda.lastAction, at: max(deadline, agenda.now))
        }
    }

    func perform(after delay: Duration, _ run: @escaping @Sendable () -> Void) {
        perform(at: now + delay, run)
    }

    /// Names an action that is kept until it is withdrawn: an alarm's.
    func keep(_ run: @escaping @Sendable () -> Void) -> UInt64 {
        agenda.withLock { agenda in
            agenda.lastAction += 1
            agenda.actions[agenda.lastAction] = Action(run: run, isKept: true)
            return agenda.lastAction
        }
    }

    /// Sets or disarms a kept action's deadline; it fires up to a millisecond late, as live ones do.
    func set(_ action: UInt64, at deadline: Instant?) {
        agenda.withLock { agenda in
            guard let deadline else { return agenda.deadlines.cancel(action) }
            let lateness = Duration.nanoseconds(Int64(agenda.random.below(1_000_000)))
            agenda.deadlines.set(action, at: max(deadline, agenda.now) + lateness)
        }
    }

    func withdraw(_ action: UInt64) {
        agenda.withLock { agenda in
            agenda.deadlines.cancel(action)
            agenda.actions[action] = nil
        }
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
            guard let next = agenda.deadlines.earliest, next <= end else {
                agenda.now = max(agenda.now, end)
                csim_set_now(agenda.now.nanoseconds)
                agenda.stepsRun -= 1
                return .nothing
            }
            if next > agenda.now {
                agenda.now = next
                csim_set_now(next.nanoseconds)
            }
            guard let name = agenda.deadlines.popDue(now: next), let action = agenda.actions[name]
            else { return .action {} }
            if !action.isKept { agenda.actions[name] = nil }
            return .action(action.run)
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
