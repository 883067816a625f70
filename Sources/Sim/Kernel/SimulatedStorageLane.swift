import CSim
import Platform
import Synchronization

/// Storage work on the simulator's thread: in order, each job after a latency that the seed draws.
public final class SimulatedStorageLane: StorageLane {
    /// A commit on a machine that is not overloaded.
    private static let leastLatency = Duration.microseconds(100)
    private static let greatestLatency = Duration.milliseconds(8)
    /// What is in no hurry waits this long for company.
    private static let patience = Duration.milliseconds(2)

    private struct Line {
        var waiting: [@Sendable () -> Void] = []
        /// When the job before is done.
        var end = Instant.start
        var slowness = 1
    }

    private let scheduler: Scheduler
    private let random: SimulatedRandom
    private let lifespan: Lifespan
    /// Called when the process has died in the middle of a write.
    private let died: @Sendable () -> Void
    private let line = Mutex(Line())

    init(
        scheduler: Scheduler, random: SimulatedRandom, lifespan: Lifespan,
        died: @escaping @Sendable () -> Void
    ) {
        self.scheduler = scheduler
        self.random = random
        self.lifespan = lifespan
        self.died = died
    }

    /// How many times longer than usual each job takes from now on.
    var slowness: Int {
        get { line.withLock { $0.slowness } }
        set { line.withLock { $0.slowness = newValue } }
    }

    public func perform(_ job: @escaping @Sendable () -> Void) {
        perform(job, after: .zero)
    }

    public func performUnhurried(_ job: @escaping @Sendable () -> Void) {
        perform(job, after: Self.patience)
    }

    private func perform(_ job: @escaping @Sendable () -> Void, after patience: Duration) {
        guard !lifespan.isOver else { return }
        let latency = random.duration(from: Self.leastLatency, to: Self.greatestLatency)
        let deadline = line.withLock { line in
            line.waiting.append(job)
            line.end = max(line.end, scheduler.now) + patience + latency * line.slowness
            return line.end
        }
        scheduler.perform(at: deadline) { [weak self] in self?.performNext() }
    }

    private func performNext() {
        guard !lifespan.isOver else { return }
        let job = line.withLock { $0.waiting.removeFirst() }
        job()
        if csim_is_disk_dead() { died() }
    }

    /// Forgets what waits: its process is gone.
    func abandon() {
        let forgotten = line.withLock { line in
            let waiting = line.waiting
            line.waiting = []
            return waiting
        }
        _ = consume forgotten
    }
}
