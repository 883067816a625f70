import ArgumentParser
import Foundation
import Glibc
import Sim

/// Makes a failing seed's plan small.
struct Shrink: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Finds the smallest plan that still fails, and writes it to a file.",
        discussion: """
            Replay the file with `pbxsim run --plan FILE`. Ends with 0 where a plan was written, with 1 \
            where the seed does not fail.
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "Processes at a time; as many as processors where not given.")
    var jobs = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "Where to write the plan; shrunk-SEED.json where not given.")
    var output: String?

    func run() throws {
        let plan = try options.makePlan()
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("pbxsim-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let trials = PlanTrials(folder: folder, children: ChildRuns(jobs: max(1, jobs)))
        guard let reason = try trials.failures(of: [plan])[0] else {
            print("seed \(plan.seed) does not fail")
            throw ExitCode(1)
        }
        print("failing: \(reason)")
        var shrinking = PlanShrinking(plan: plan) { candidates in
            try trials.firstFailing(of: candidates, with: reason)
        }
        try shrinking.run()
        let path = output ?? "shrunk-\(plan.seed).json"
        try TextFile.write(shrinking.plan.json, to: path)
        print("phones \(shrinking.plan.phoneCount) of \(plan.phoneCount)")
        print(
            "seconds \(shrinking.plan.duration.components.seconds) of "
                + "\(plan.duration.components.seconds)")
        print("incidents \(shrinking.plan.incidents.count) of \(plan.incidents.count)")
        for incident in shrinking.plan.incidents { print("    \(incident)") }
        print("plan \(path)")
    }
}

/// Runs plans as children.
private struct PlanTrials {
    let folder: URL
    let children: ChildRuns

    /// The index of the first plan that fails for that reason; as many at a time as there are jobs.
    func firstFailing(of plans: [SimulationPlan], with reason: String) throws -> Int? {
        for start in stride(from: 0, to: plans.count, by: children.jobs) {
            let batch = Array(plans[start..<min(start + children.jobs, plans.count)])
            if let index = try failures(of: batch).firstIndex(of: reason) { return start + index }
        }
        return nil
    }

    /// Why each plan fails; nil for those that are good.
    func failures(of plans: [SimulationPlan]) throws -> [String?] {
        var reasons = [String?](repeating: nil, count: plans.count)
        let commands = try plans.enumerated().map { index, plan in
            let path = folder.appendingPathComponent("\(index).json").path
            try TextFile.write(plan.json, to: path)
            return ["run", "--json", "--plan", path]
        }
        try children.run(commands) { index, end in
            reasons[index] = end.failure
            return true
        }
        return reasons
    }
}
