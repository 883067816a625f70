import Platform
import Synchronization

/// Storage work on the simulator's thread: in order, each job after a latency that the seed draws.
public final class SimulatedStorageLane: StorageLane {
    /// A commit on a machine that is not overloaded.
    private static let leastLatency = Duration.microseconds(100)
    private static let greatestLatency = Duration.milliseconds(8)

    private let scheduler: Scheduler
    private let random: SimulatedRandom
    /// When the job before is done.
    private let end = Mutex(Instant.start)

    init(scheduler: Scheduler, random: SimulatedRandom) {
        self.scheduler = scheduler
        self.random = random
    }

    public func perform(_ job: @escaping @Sendable () -> Void) {
        let latency = random.duration(from: Self.leastLatency, to: Self.greatestLatency)
        let deadline = end.withLock { end in
            end = max(end, scheduler.now) + latency
            return end
        }
        scheduler.perform(at: deadline, job)
    }
}
