import ArgumentParser
import Platform
import Sim

/// The simulator with a fault planted in the exchange: the invariants must find it.
@main
struct PBXSimPlanted: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pbxsim-planted",
        abstract: "Runs the exchange with a fault put in on purpose.",
        subcommands: [PlantedRun.self, PlantList.self])

    static func main() {
        SimulatedProcess.fixHashSeed()
        main(nil)
    }
}

/// One simulated run with one fault; ends with 1 where an invariant was broken.
struct PlantedRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs one seed with one planted fault, or with none.")

    @Option(help: "The fault, as `list` names them; none: the exchange as it is.")
    var plant = "none"

    @Option(help: "Decides everything that happens.")
    var seed: UInt64

    @Option(help: "How many phones.")
    var phones = 10

    @Option(help: "Minutes of virtual time.")
    var minutes: Int64 = 10

    @Option(help: "What goes wrong besides: none, usual or harsh.")
    var faults = "usual"

    func run() throws {
        guard let level = FaultLevel(rawValue: faults) else {
            throw ValidationError("Faults are none, usual or harsh.")
        }
        let chosen = Plant.named(plant)
        guard chosen != nil || plant == "none" else {
            throw ValidationError("There is no plant called \(plant).")
        }
        let plan = SimulationPlan.drawn(
            seed: seed, phoneCount: phones, duration: .seconds(60 * minutes), level: level,
            isSwarm: false)
        let simulation = try Simulation(plan: plan, traceOutput: nil) { world in
            chosen?.make(world) ?? .none
        }
        let report = try simulation.run { _ in }
        print("seed \(seed)")
        print(ReportText.report(report))
        for breach in report.breaches.prefix(20) {
            print("broken: \(breach.claim): \(breach.finding)\(ReportText.place(of: breach))")
            if let ladder = breach.ladder, !ladder.isEmpty { print(ladder) }
        }
        print("verdict \(report.isGood ? "good" : "broken")")
        if !report.isGood { throw ExitCode(1) }
    }
}

/// The planted faults as a table in Markdown.
struct PlantList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the faults: what finds each, within how many seeds.")

    func run() {
        print("| plant | what is wrong | found by | seeds |")
        print("|---|---|---|---|")
        for plant in Plant.all {
            print("| `\(plant.name)` | \(plant.fault) | \(plant.claim) | \(plant.seeds) |")
        }
    }
}
