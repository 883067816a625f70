import CSim
import Platform
import Synchronization

/// Runs every kind of Swift concurrency in a world and says what stayed inside it.
///
/// A proof of the kernel alone: no exchange, no phones.
public struct KernelProbe: Sendable {
    /// A way past the world, taken on purpose: the counters must show it.
    public enum Leak: String, CaseIterable, Sendable {
        case clock, entropy, sleep, thread
    }

    public struct Finding: Sendable {
        public var stepsRun: Int
        public var stepsOffThread: Int
        /// Whether a check-then-act across an await was hit: it is planted here, and only some
        /// seeds find it.
        public var isRaceHit: Bool
    }

    private let world: SimulatedWorld

    public init(world: SimulatedWorld) {
        self.world = world
    }

    public func run(leaking leak: Leak?) -> Finding {
        let ledger = Ledger()
        let line = RacyLine()
        for number in 1...3 {
            let caller = RacyCaller(number: number)
            Task { await caller.seize(line) }
        }
        let echo = Echo(world: world.seams(for: "echo"), ledger: ledger)
        Task { await Self.tryConcurrency(ledger) }
        echo.begin()
        if let leak { Task { await Self.reachPast(leak) } }
        world.run(for: .seconds(60))
        return Finding(
            stepsRun: ledger.stepsRun, stepsOffThread: ledger.stepsOffThread,
            isRaceHit: line.conflicts.load(ordering: .relaxed) > 0)
    }

    private static func tryConcurrency(_ ledger: Ledger) async {
        ledger.step()
        await Task { ledger.step() }.value
        await Task.detached { ledger.step() }.value
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<5 { group.addTask { ledger.step() } }
        }
        async let one: Void = nestedStep(ledger)
        async let other: Void = nestedStep(ledger)
        _ = await (one, other)
        let (stream, continuation) = AsyncStream<Int>.makeStream()
        Task {
            for number in 0..<3 { continuation.yield(number) }
            continuation.finish()
        }
        for await _ in stream { ledger.step() }
        await Task.yield()
        await mainActorStep(ledger)
        ledger.step()
    }

    private static func nestedStep(_ ledger: Ledger) async {
        await Task.yield()
        ledger.step()
    }

    @MainActor private static func mainActorStep(_ ledger: Ledger) {
        ledger.step()
    }

    private static func reachPast(_ leak: Leak) async {
        switch leak {
        case .clock: _ = ContinuousClock().now
        case .entropy: _ = UInt64.random(in: 0...UInt64.max)
        case .sleep: try? await Task.sleep(for: .seconds(1))
        case .thread: csim_make_thread()
        }
    }
}

/// Counts the steps, and those that ran on a foreign thread.
private final class Ledger: Sendable {
    private let steps = Mutex((run: 0, offThread: 0))

    var stepsRun: Int { steps.withLock { $0.run } }
    var stepsOffThread: Int { steps.withLock { $0.offThread } }

    func step() {
        let isOffThread = !csim_is_adopted_thread()
        steps.withLock { steps in
            steps.run += 1
            if isOffThread { steps.offThread += 1 }
        }
    }
}

/// An owner with a mailbox and an alarm, as all of the exchange's are.
private actor Echo: MailboxOwner {
    private let world: World
    private let ledger: Ledger
    private let mailbox = Mailbox<Echo>()
    private var alarm: (any Alarm)?
    private var remaining = 20

    init(world: World, ledger: Ledger) {
        self.world = world
        self.ledger = ledger
        mailbox.bind(to: self)
    }

    nonisolated func begin() {
        mailbox.post(())
    }

    func handle(_ message: Void) {
        ledger.step()
        remaining -= 1
        guard remaining > 0 else { return alarm = nil }
        let mailbox = mailbox
        let alarm = alarm ?? world.timers.makeAlarm { mailbox.post(()) }
        self.alarm = alarm
        alarm.set(world.time.now + .milliseconds(Int64(world.random.below(2000))))
        world.recorder.record(.debug, "echo", [("remaining", String(remaining))])
    }
}

/// A line that two callers can take when both ask before either takes: the planted race.
private actor RacyLine {
    private var holder: Int?
    nonisolated let conflicts = Atomic<Int>(0)

    func isFree() -> Bool { holder == nil }

    func take(_ caller: Int) {
        if holder != nil { conflicts.add(1, ordering: .relaxed) }
        holder = caller
    }
}

private actor RacyCaller {
    private let number: Int

    init(number: Int) {
        self.number = number
    }

    func seize(_ line: RacyLine) async {
        if await line.isFree() { await line.take(number) }
    }
}
