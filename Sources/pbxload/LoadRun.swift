import Platform
import Sim
import Synchronization

/// Performs what the core decides: tells the phones, keeps the time, and ends the run.
final class LoadRun: Sendable {
    private struct Live: Sendable {
        var core: LoadCore
        var phones: [VirtualPhone] = []
        var alarm: (any Alarm)?
        /// What the process had used when each stage began.
        var marks: [LoadCore.Stage: ProcessUsage] = [:]
        var whenOver: CheckedContinuation<Void, Never>?
    }

    private let world: World
    private let live: Mutex<Live>

    init(plan: LoadPlan, world: World) {
        self.world = world
        live = Mutex(Live(core: LoadCore(plan: plan, now: world.time.now)))
    }

    var core: LoadCore { live.withLock { $0.core } }

    /// What the process had used when that stage began; nil where it never did.
    func usage(at stage: LoadCore.Stage) -> ProcessUsage? { live.withLock { $0.marks[stage] } }

    /// Takes what a phone wrote down; from any thread.
    func note(_ entry: DiaryEntry) {
        live.withLock { $0.core.note(entry) }
    }

    /// No more calls; a second time, the end at once.
    func stop() {
        let now = world.time.now
        live.withLock { $0.core.stop(now: now) }
    }

    /// Runs to the end.
    func run(phones: [VirtualPhone]) async {
        let now = world.time.now
        let alarm = world.timers.makeAlarm { [weak self] in self?.step() }
        live.withLock { live in
            live.phones = phones
            live.alarm = alarm
            live.core.restart(now: now)
            live.marks[live.core.stage] = .now
        }
        await withCheckedContinuation { continuation in
            live.withLock { $0.whenOver = continuation }
            alarm.set(now)
        }
        live.withLock { live in
            live.alarm = nil
            live.phones = []
        }
    }

    private func step() {
        let now = world.time.now
        let (effects, phones, whenOver) = live.withLock { live in
            let before = live.core.stage
            let effects = live.core.step(now: now)
            if live.core.stage != before { live.marks[live.core.stage] = .now }
            guard live.core.stage != .over else {
                return (effects, live.phones, live.whenOver.take())
            }
            live.alarm?.set(live.core.nextStep(now: now))
            return (effects, live.phones, nil)
        }
        for effect in effects {
            switch effect {
            case .begin(let phone): phones[phone].post(.begin)
            case .call(let phone, let number): phones[phone].post(.call(number))
            case .closeDown(let phone): phones[phone].post(.closeDown)
            }
        }
        whenOver?.resume()
    }
}
