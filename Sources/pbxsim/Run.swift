import ArgumentParser
import Glibc
import Sim

/// One simulated run.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs an office in the simulated world and judges what happened.")

    @OptionGroup var options: RunOptions

    @Option(help: "Write a readable trace to this file.")
    var trace: String?

    func run() throws {
        let plan = try options.plan()
        print("seed \(plan.seed)")
        let file = try trace.map(TraceFile.init)
        let began = SimulatedProcess.realTime
        let simulation = try Simulation(plan: plan, traceOutput: file.map { $0.write })
        let report = try simulation.run()
        file?.close()
        print(ReportText.report(report))
        let elapsed = SimulatedProcess.realTime - began
        print("speed \(Int(report.virtualTime / elapsed)) x real time")
        print("hash \(ReportText.hash(report.hash))")
        for breach in report.breaches.prefix(20) {
            print("broken: \(breach.claim): \(breach.finding)")
        }
        print("verdict \(report.isGood ? "good" : "broken")")
        if !report.isGood { throw ExitCode(1) }
    }
}

/// What decides a run.
struct RunOptions: ParsableArguments {
    @Option(help: "Decides everything that happens.")
    var seed: UInt64

    @Option(help: "How many phones, one an extension.")
    var phones = 10

    @Option(help: "Virtual time, such as 90s, 20m or 8h.")
    var duration = "10m"

    @Option(help: "What goes wrong in the network: none or usual.")
    var faults = "none"

    func plan() throws -> SimulationPlan {
        guard phones >= 2, phones <= 50_000 else {
            throw ValidationError("There must be 2 to 50000 phones.")
        }
        guard let length = Self.duration(duration) else {
            throw ValidationError("A duration is a number with s, m or h, such as 20m.")
        }
        let plans: [String: FaultPlan] = ["none": .none, "usual": .usual]
        guard let faults = plans[faults] else {
            throw ValidationError("Faults are none or usual.")
        }
        return SimulationPlan(seed: seed, phoneCount: phones, duration: length, faults: faults)
    }

    private static func duration(_ text: String) -> Duration? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()),
            number > 0, number <= 100_000
        else { return nil }
        return .seconds(number * unit)
    }
}

/// The file of a readable trace.
final class TraceFile: @unchecked Sendable {
    // Written by the simulator's thread alone.
    private let file: UnsafeMutablePointer<FILE>

    init(path: String) throws {
        guard let file = fopen(path, "w") else {
            throw ValidationError("The trace file \(path) cannot be written.")
        }
        self.file = file
    }

    @Sendable func write(_ line: String) {
        fputs(line, file)
        fputs("\n", file)
    }

    func close() {
        fclose(file)
    }
}
