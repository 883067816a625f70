import CSim
import Platform

/// A whole world of one seed: time, chance, network, storage and every job of the process.
///
/// One per process: the executors, the clock that libraries see and SQLite's randomness belong to
/// the process. Made in a synchronous `main`, before anything else.
public final class SimulatedWorld: Sendable {
    public let seed: UInt64
    public let trace: Trace
    public let time: SimulatedTime
    public let timers: SimulatedTimers
    public let network: SimulatedNetwork
    let scheduler: Scheduler

    public init(
        seed: UInt64, faults: FaultPlan = .none, plan: NetworkPlan = .open,
        traceOutput: (@Sendable (String) -> Void)?
    ) {
        self.seed = seed
        trace = Trace(output: traceOutput)
        let generator = SeededGenerator(seed: seed, purpose: "scheduler")
        scheduler = Scheduler(random: generator, trace: trace)
        time = SimulatedTime(scheduler: scheduler)
        timers = SimulatedTimers(scheduler: scheduler)
        network = SimulatedNetwork(
            scheduler: scheduler, trace: trace,
            random: SimulatedRandom(seed: seed, purpose: "network"), faults: faults,
            translators: Translators(
                plan, random: SimulatedRandom(seed: seed, purpose: "translators")))
        installExecutors(for: scheduler)
    }

    /// The seams for one owner of the world, say the exchange or one phone.
    ///
    /// Each has randomness of its own, so that what one draws does not shift the others.
    ///
    /// - Parameter name: what the trace calls the owner, where that is another name.
    public func seams(for owner: String, recordedAs name: String? = nil) -> World {
        World(
            time: time, timers: timers, random: random(for: owner),
            recorder: TraceRecorder(trace: trace, source: name ?? owner, time: time))
    }

    public func random(for purpose: String) -> SimulatedRandom {
        SimulatedRandom(seed: seed, purpose: purpose)
    }

    func makeStorageLane(
        for owner: String, lifespan: Lifespan, died: @escaping @Sendable () -> Void
    ) -> SimulatedStorageLane {
        SimulatedStorageLane(
            scheduler: scheduler, random: random(for: "storage of \(owner)"), lifespan: lifespan,
            died: died)
    }

    /// Moves people's clocks, forwards or back; deadlines stay where they are.
    func jumpWallClock(by span: Duration) {
        csim_jump_wall_clock(span.nanoseconds)
    }

    /// Runs an action when that much time has passed.
    public func perform(after delay: Duration, _ run: @escaping @Sendable () -> Void) {
        scheduler.perform(after: delay, run)
    }

    /// Lets that much time pass, with all that happens in it.
    ///
    /// - Parameter step: stops after that step of the scheduler, where it comes sooner.
    public func run(for duration: Duration, untilStep step: Int? = nil) {
        scheduler.run(until: scheduler.now + duration, lastStep: step)
    }

    public var counters: WorldCounters {
        let leaks = csim_count_leaks()
        return WorldCounters(
            jobsRun: scheduler.jobsRun, jobsOffThread: scheduler.jobsOffThread,
            clockCalls: Int(leaks.clock_calls), entropyCalls: Int(leaks.entropy_calls),
            threadsMade: Int(leaks.threads_made), libraryThreads: Int(leaks.library_threads),
            eventsTraced: trace.eventCount)
    }
}

/// What a world counted; jobs off the thread, clock, entropy and threads must be 0.
public struct WorldCounters: Sendable, Equatable {
    public var jobsRun: Int
    /// Jobs that came from another thread than the simulator's.
    public var jobsOffThread: Int
    /// Readings of the machine's clock and entropy instead of the world's.
    public var clockCalls: Int
    public var entropyCalls: Int
    public var threadsMade: Int
    /// Threads that libdispatch made for itself. They keep the machine's time, and what ran there of
    /// ours would count as a job off the thread.
    public var libraryThreads: Int
    public var eventsTraced: Int

    /// True where nothing reached past the world.
    public var isTight: Bool {
        jobsOffThread == 0 && clockCalls == 0 && entropyCalls == 0 && threadsMade == 0
    }
}
