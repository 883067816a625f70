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

    @Flag(help: "The seed also draws which kinds of fault there are at all.")
    var swarm = false

    func plan(seed: UInt64) throws -> SimulationPlan {
        guard phones >= 2, phones <= 50_000 else {
            throw ValidationError("There must be 2 to 50000 phones.")
        }
        guard let length = Self.duration(duration) else {
            throw ValidationError("A duration is a number with s, m or h, such as 20m.")
        }
        var plan = SimulationPlan.drawn(
            seed: seed, phoneCount: phones, duration: length, level: faults, isSwarm: swarm)
        plan.sound = sound
        return plan
    }

    /// The words that give a child the same office.
    var words: [String] {
        [
            "--phones", String(phones), "--duration", duration, "--faults", faults.rawValue,
            "--sound", sound.rawValue,
        ] + (swarm ? ["--swarm"] : [])
    }

    private static func duration(_ text: String) -> Duration? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()),
            number > 0, number <= 100_000
        else { return nil }
        return .seconds(number * unit)
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
