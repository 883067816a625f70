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
        commandName: "run", abstract: "Runs one seed with one planted fault.")

    @Option(help: "The fault, as `list` names them.")
    var plant: String

    @Option(help: "Decides everything that happens.")
    var seed: UInt64

    @Flag(help: "Print what happens, line by line.")
    var trace = false

    @Flag(help: "The same office without the fault.")
    var healthy = false

    func run() throws {
        guard let chosen = Plant.named(plant) else {
            throw ValidationError("There is no plant called \(plant).")
        }
        let simulation = try Simulation(
            plan: chosen.plan(seed: seed),
            traceOutput: trace ? { @Sendable line in print(line) } : nil
        ) { world in
            healthy ? .none : chosen.make(world)
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
