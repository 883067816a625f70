import ArgumentParser
import Foundation
import Sim

/// What an office is and what goes wrong in it, where the seed is given elsewhere.
struct OfficeOptions: ParsableArguments {
    @Option(help: "How many phones.")
    var phones = 10

    @Option(help: "Virtual time, such as 90s, 20m or 8h.")
    var duration = "10m"

    @Option(help: "What goes wrong: none, usual or harsh.")
    var faults = FaultLevel.none

    @Option(help: "What people say: off, probe (now and then a packet) or full (each 20 ms).")
    var sound = SoundPlan.probe

    @OptionGroup var people: PeopleOptions

    @Flag(help: "The seed also draws which kinds of fault there are at all.")
    var swarm = false

    func plan(seed: UInt64) throws -> SimulationPlan {
        guard phones >= 2, phones <= 50_000 else {
            throw ValidationError("There must be 2 to 50000 phones.")
        }
        let length = try DurationOption.read(duration)
        let office = try people.office()
        var plan = SimulationPlan.drawn(
            seed: seed, phoneCount: phones, duration: length, office: office,
            level: faults, isSwarm: swarm)
        plan.sound = sound
        return plan
    }

    /// The words that give a child the same office.
    var words: [String] {
        [
            "--phones", String(phones), "--duration", duration, "--faults", faults.rawValue,
            "--sound", sound.rawValue,
        ] + people.words + (swarm ? ["--swarm"] : [])
    }
}

/// What decides a run: a seed with its office, or a plan file.
struct RunOptions: ParsableArguments {
    @Option(help: "Decides everything that happens.")
    var seed: UInt64?

    @Option(help: "Run the plan in this file, as `shrink` writes it.")
    var plan: String?

    @OptionGroup var office: OfficeOptions

    func validate() throws {
        guard (seed == nil) != (plan == nil) else {
            throw ValidationError("Give either --seed or --plan.")
        }
    }

    func makePlan() throws -> SimulationPlan {
        if let plan { return try Self.read(plan) }
        return try office.plan(seed: seed ?? 0)
    }

    /// The words that give a child the same run.
    var words: [String] {
        if let plan { return ["--plan", plan] }
        return ["--seed", String(seed ?? 0)] + office.words
    }

    private static func read(_ path: String) throws -> SimulationPlan {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw ValidationError("The plan \(path) cannot be read.")
        }
        do {
            return try SimulationPlan(json: [UInt8](bytes))
        } catch {
            throw ValidationError("\(path) is no plan: \(error)")
        }
    }
}

extension FaultLevel: ExpressibleByArgument {}
extension SoundPlan: ExpressibleByArgument {}
