import CSim
@_spi(ExperimentalCustomExecutors) @_spi(ExperimentalScheduling) import _Concurrency

// The only file that touches the toolchain's unfinished interface for executors.

/// Puts every job of the process on the simulator's thread: default actors, tasks of every kind,
/// the main actor and `Task.sleep`.
///
/// Called once, from a synchronous `main`, before anything uses concurrency. The executors belong
/// to the process, because the runtime asks for them by type; what they enqueue goes to the
/// scheduler that was bound last.
func installExecutors(for scheduler: Scheduler) {
    ProcessExecutors.pool.bind(scheduler)
    _createExecutors(factory: ProcessExecutors.self)
    csim_adopt_thread()
}

/// Runs one job on the calling thread.
///
/// A pool job runs on the *task* executor: on the generic one, hops between idle actors would be
/// inlined and never become points of choice.
func runSynchronously(_ job: RunnableJob) {
    if job.isForMainActor {
        job.job.runSynchronously(on: ProcessExecutors.main.asUnownedSerialExecutor())
    } else {
        job.job.runSynchronously(on: ProcessExecutors.pool.asUnownedTaskExecutor())
    }
}

private enum ProcessExecutors: ExecutorFactory {
    static let pool = PoolExecutor()
    static let main = MainActorExecutor()

    static var mainExecutor: any MainExecutor { main }
    static var defaultExecutor: any TaskExecutor { pool }
}

/// Takes the jobs that would run on the pool of threads.
private final class PoolExecutor: TaskExecutor, SchedulingExecutor, @unchecked Sendable {
    /// Written once, before the first job.
    private var scheduler: Scheduler?

    func bind(_ scheduler: Scheduler) {
        self.scheduler = scheduler
    }

    func enqueue(_ job: consuming ExecutorJob) {
        enqueue(UnownedJob(job), isForMainActor: false)
    }

    func enqueue(_ job: UnownedJob, isForMainActor: Bool) {
        scheduler?.enqueue(RunnableJob(job: job, isForMainActor: isForMainActor))
    }

    func enqueue<C: Clock>(
        _ job: consuming ExecutorJob, after delay: C.Duration, tolerance: C.Duration?, clock: C
    ) {
        let runnable = RunnableJob(job: UnownedJob(job), isForMainActor: false)
        scheduler?.enqueue(runnable, after: delay as? Duration ?? .zero)
    }

    func enqueue<C: Clock>(
        _ job: consuming ExecutorJob, at instant: C.Instant, tolerance: C.Duration?, clock: C
    ) {
        enqueue(job, after: clock.now.duration(to: instant), tolerance: tolerance, clock: clock)
    }
}

/// Takes the main actor's jobs.
private final class MainActorExecutor: MainExecutor, @unchecked Sendable {
    func enqueue(_ job: consuming ExecutorJob) {
        ProcessExecutors.pool.enqueue(UnownedJob(job), isForMainActor: true)
    }

    func checkIsolated() {
        precondition(csim_is_adopted_thread(), "the main actor left the simulator's thread")
    }

    /// The simulator has a loop of its own; the runtime's is never entered.
    func run() throws {}
    func stop() {}
}
