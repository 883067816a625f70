import ArgumentParser
import Foundation
import Sim

/// Many seeds, on all cores.
struct Soak: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs many seeds, a process each, and lists those that fail.",
        discussion: """
            Each seed draws which kinds of fault there are at all (swarm testing), unless --no-swarm \
            is given. Ends with 0 where every seed is good, with 1 otherwise.
            """)

    @Option(help: "The seeds, such as 1..200.")
    var seeds: String?

    @Option(
        help: "Run the kept seeds of this file instead, a line each: options, then # and a story.")
    var kept: String?

    @Option(help: "Processes at a time; as many as processors where not given.")
    var jobs = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "How many phones.")
    var phones = 50

    @Option(help: "Virtual time, such as 90s, 20m or 8h.")
    var duration = "20m"

    @Option(help: "What goes wrong: none, usual or harsh.")
    var faults = FaultLevel.harsh

    @Option(help: "What people say: off, probe or full.")
    var sound = SoundPlan.probe

    @OptionGroup var people: PeopleOptions

    @Flag(inversion: .prefixedNo, help: "Each seed draws which kinds of fault there are.")
    var swarm = true

    @Option(help: "Stop after that many failing seeds.")
    var maxFailures = 20

    @Option(help: "Real seconds that one seed may take.")
    var timeout = 900

    @Flag(help: "Print one line of JSON a seed, then one with the sums.")
    var json = false

    func validate() throws {
        guard (seeds == nil) != (kept == nil) else {
            throw ValidationError("Give either --seeds or --kept.")
        }
    }

    func run() throws {
        let rows = try kept.map(KeptSeeds.read) ?? freshRows()
        var sums = SoakSums(began: SimulatedProcess.realTime)
        var children = ChildRuns(jobs: max(1, jobs))
        children.timeLimit = .seconds(timeout)
        try children.run(rows.map { ["run", "--json"] + $0.words }) { index, end in
            sums.add(end, seed: rows[index].seed)
            if json, !end.output.isEmpty { say(String(end.output.dropLast())) }
            report(end, rows[index], sums, of: rows.count)
            return sums.failures.count < maxFailures
        }
        say(json ? sums.json : sums.table)
        if !sums.failures.isEmpty { throw ExitCode(1) }
    }

    /// The seeds of the range, in the office of the options.
    private func freshRows() throws -> [SoakRow] {
        let range = try Self.range(seeds ?? "")
        let office = try OfficeOptions.parse(
            [
                "--phones", String(phones), "--duration", duration, "--faults", faults.rawValue,
                "--sound", sound.rawValue,
            ] + people.words + (people.quirks == nil ? ["--quirks"] : [])
                + (swarm ? ["--swarm"] : []))
        _ = try office.plan(seed: range.lowerBound)
        return range.map { SoakRow(seed: $0, words: ["--seed", String($0)] + office.words) }
    }

    private func report(_ end: ChildEnd, _ row: SoakRow, _ sums: SoakSums, of total: Int) {
        if let failure = end.failure, !json {
            say("failed: \(failure)")
            say("    pbxsim run \(row.words.joined(separator: " "))")
            if let story = row.story { say("    once: \(story)") }
            if let finding = end.outcome?.broken.first?.finding { say("    \(finding)") }
        }
        if sums.runCount % 50 == 0 {
            tell("\(sums.runCount) of \(total) seeds, \(sums.failures.count) failed")
        }
    }

    private static func range(_ text: String) throws -> ClosedRange<UInt64> {
        let ends = text.split(separator: ".", omittingEmptySubsequences: true)
        guard let first = ends.first.flatMap({ UInt64($0) }),
            let last = ends.last.flatMap({ UInt64($0) }), ends.count <= 2, first <= last,
            last - first < 10_000_000
        else { throw ValidationError("Seeds are a range such as 1..200.") }
        return first...last
    }
}
