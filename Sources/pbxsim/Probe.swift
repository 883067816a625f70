import ArgumentParser
import Sim

/// Proves the kernel alone: every kind of concurrency stays inside, every leak is counted.
struct Probe: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks that the simulator holds every kind of concurrency (no exchange).")

    @Option(help: "The seed of the run.")
    var seed: UInt64 = 1

    @Option(help: "Reach past the world on purpose: clock, entropy, sleep or thread.")
    var leak: String?

    func run() throws {
        let wanted = try leak.map { name in
            guard let leak = KernelProbe.Leak(rawValue: name) else {
                throw ValidationError("There is no leak called \(name).")
            }
            return leak
        }
        let world = SimulatedWorld(seed: seed, traceOutput: nil)
        guard SimulatedProcess.enterWorld(seed: seed) else {
            throw ValidationError("SQLite took no simulated file layer.")
        }
        let finding = KernelProbe(world: world).run(leaking: wanted)
        let counters = world.counters
        SimulatedProcess.leaveWorld()
        print("seed \(seed)")
        print("steps \(finding.stepsRun) off-thread \(finding.stepsOffThread)")
        print("race \(finding.isRaceHit ? "hit" : "missed")")
        print(ReportText.counters(counters))
        print("hash \(ReportText.hash(world.trace.hash))")
    }
}
