import ArgumentParser
import Foundation
import Sim

/// Runs a seed twice or more, each in a process of its own and in other surroundings, and compares.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a seed twice in two processes: the traces must be equal.",
        discussion: """
            The processes differ in what must not matter: home, language, time zone, and the size \
            of their environment.
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "How often it is run.")
    var times = 2

    @Option(help: "Processes at a time.")
    var jobs = 2

    @Option(help: "Another build of pbxsim, run in turn with this one: debug beside release.")
    var beside: [String] = []

    /// What must not matter to a run.
    private static let environments: [[String: String]] = [
        [:],
        ["HOME": "/nonexistent", "LANG": "ru_RU.UTF-8", "LC_ALL": "ru_RU.UTF-8"],
        ["TZ": "Asia/Kathmandu", "USER": "somebody", "TMPDIR": "/nonexistent"],
        ["BALLAST": String(repeating: "x", count: 100_000), "LANG": "C", "TZ": "UTC"],
    ]

    func run() throws {
        _ = try options.makePlan()
        guard times >= 2, jobs >= 1 else {
            throw ValidationError("At least two runs are compared, one job at a time.")
        }
        for program in beside where !FileManager.default.isExecutableFile(atPath: program) {
            throw ValidationError("\(program) is no program.")
        }
        var ends: [ChildEnd] = []
        let command = ["run", "--json"] + options.words
        var children = ChildRuns(jobs: jobs)
        children.programs = ["/proc/self/exe"] + beside
        children.environments = Self.environments
        try children.run(Array(repeating: command, count: times)) { _, end in
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
