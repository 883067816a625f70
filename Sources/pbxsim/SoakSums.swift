import Foundation
import Platform
import Sim

/// What many runs came to.
struct SoakSums {
    /// A seed that failed, and why.
    struct Failure: Codable {
        var seed: UInt64
        var reason: String
    }

    private struct Summary: Codable {
        var runs: Int
        var calls: Int
        var talked: Int
        var incidents: Int
        var datagrams: Int
        var leastCalls: Int
        var virtualHours: Double
        var realSeconds: Double
        var failures: [Failure]
    }

    let began: Duration
    private(set) var runCount = 0
    private(set) var failures: [Failure] = []
    private var calls = 0
    private var leastCalls = Int.max
    private var talked = 0
    private var incidents = 0
    private var datagrams = 0
    private var virtualSeconds = 0.0

    init(began: Duration) {
        self.began = began
    }

    mutating func add(_ end: ChildEnd, seed: UInt64) {
        runCount += 1
        if let failure = end.failure { failures.append(Failure(seed: seed, reason: failure)) }
        guard let outcome = end.outcome else { return }
        calls += outcome.calls
        leastCalls = min(leastCalls, outcome.calls)
        talked += outcome.talked
        incidents += outcome.incidents
        datagrams += outcome.datagrams
        virtualSeconds += outcome.virtualSeconds
    }

    private var realSeconds: Double { (SimulatedProcess.realTime - began) / .seconds(1) }

    /// For people: sums, then failing seeds by reason.
    var table: String {
        var lines = [
            "seeds \(runCount) good \(runCount - failures.count) failed \(failures.count)",
            "calls \(calls) talked \(talked) least-in-a-seed \(leastCalls == .max ? 0 : leastCalls)",
            "incidents \(incidents) datagrams \(datagrams)",
            "simulated \(Int(virtualSeconds / 3600)) h in \(Int(realSeconds)) s,"
                + " \(Int(virtualSeconds / max(realSeconds, 0.001))) x real time",
        ]
        let reasons = Dictionary(grouping: failures, by: \.reason)
        for reason in reasons.keys.sorted() {
            let seeds = (reasons[reason] ?? []).map { String($0.seed) }.joined(separator: " ")
            lines.append("failing: \(reason): seeds \(seeds)")
        }
        lines.append("verdict \(failures.isEmpty ? "good" : "broken")")
        return lines.joined(separator: "\n")
    }

    /// For machines: one line.
    var json: String {
        let summary = Summary(
            runs: runCount, calls: calls, talked: talked, incidents: incidents,
            datagrams: datagrams, leastCalls: leastCalls == .max ? 0 : leastCalls,
            virtualHours: virtualSeconds / 3600, realSeconds: realSeconds, failures: failures)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: (try? encoder.encode(summary)) ?? Data(), as: UTF8.self)
    }
}
