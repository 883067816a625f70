import ArgumentParser
import Sim

/// Runs a seed twice, each in a process of its own, and compares.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a seed twice in two processes: the traces must be equal.")

    @OptionGroup var options: RunOptions

    @Option(help: "How often it is run.")
    var times = 2

    @Option(help: "Processes at a time.")
    var jobs = 2

    func run() throws {
        _ = try options.makePlan()
        guard times >= 2, jobs >= 1 else {
            throw ValidationError("At least two runs are compared, one job at a time.")
        }
        var ends: [ChildEnd] = []
        let command = ["run", "--json"] + options.words
        try ChildRuns(jobs: jobs).run(Array(repeating: command, count: times)) { _, end in
            ends.append(end)
            return true
        }
        for end in ends {
            let outcome = end.outcome
            print("run hash \(outcome?.hash ?? "none") leaks \(outcome?.leaks ?? -1)")
            if let failure = end.failure { print("broken: \(failure)") }
        }
        let hashes = Set(ends.map { $0.outcome?.hash })
        let isEqual = hashes.count == 1 && hashes.first != .some(nil)
        print("traces \(isEqual ? "equal" : "different")")
        if !isEqual || ends.contains(where: { $0.failure != nil }) { throw ExitCode(1) }
    }
}
