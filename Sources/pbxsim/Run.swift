import ArgumentParser
import Platform
import Sim

/// One simulated run.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs an office in the simulated world and judges what happened.",
        discussion: "Ends with 0 where every invariant held, with 1 where one was broken.")

    @OptionGroup var options: RunOptions

    @Option(help: "Write a readable trace to this file.")
    var trace: String?

    @Option(help: "Stop after that many steps and show every actor's state.")
    var until: Int?

    @Option(help: "Write the plan that is run to this file.")
    var writePlan: String?

    @Flag(help: "Print one line of JSON instead of text.")
    var json = false

    func run() throws {
        let plan = try options.makePlan()
        if let writePlan { try TextFile.write(plan.json, to: writePlan) }
        if !json { print("seed \(plan.seed)") }
        let file = try trace.map(TextFile.init)
        defer { file?.close() }
        let began = SimulatedProcess.realTime
        let simulation = try Simulation(plan: plan, traceOutput: file.map { $0.writeLine })
        if let until { return showStates(simulation.states(afterStep: until)) }
        var progress = ProgressLine(isShown: !json, began: began)
        let report = try simulation.run { progress.show($0) }
        let elapsed = SimulatedProcess.realTime - began
        let outcome = RunOutcome(report, plan: plan, elapsed: elapsed)
        if json { print(outcome.json) } else { printText(report, elapsed) }
        if !report.isGood { throw ExitCode(1) }
    }

    private func printText(_ report: SimulationReport, _ elapsed: Duration) {
        print(ReportText.report(report))
        print("speed \(Int(report.virtualTime / elapsed)) x real time")
        print("hash \(ReportText.hash(report.hash))")
        for breach in report.breaches.prefix(20) {
            print("broken: \(breach.claim): \(breach.finding)\(ReportText.place(of: breach))")
            if let ladder = breach.ladder, !ladder.isEmpty { print(ladder) }
        }
        print("verdict \(report.isGood ? "good" : "broken")")
    }

    private func showStates(_ states: [String]) {
        for state in states { print(state) }
    }
}

/// How far a run is, on the standard error stream every two seconds.
private struct ProgressLine {
    private static let interval = Duration.seconds(2)

    let isShown: Bool
    let began: Duration
    private var last: Duration

    init(isShown: Bool, began: Duration) {
        self.isShown = isShown
        self.began = began
        last = began
    }

    mutating func show(_ progress: SimulationProgress) {
        guard isShown else { return }
        let now = SimulatedProcess.realTime
        guard now - last >= Self.interval else { return }
        last = now
        let speed = Int(progress.virtualTime / (now - began))
        let minutes = Int(progress.virtualTime / .seconds(60))
        tell(
            "\(minutes) min simulated, \(speed) x real time, \(progress.callCount) calls, "
                + "\(progress.incidentCount) incidents, \(progress.lostCount) datagrams lost")
    }
}
