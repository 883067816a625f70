import Foundation
import Platform
import Sim

/// How one run ended: what `run --json` prints, and what `soak`, `shrink` and `verify` read.
struct RunOutcome: Codable, Sendable {
    struct Broken: Codable, Sendable {
        var claim: String
        var finding: String
    }

    var seed: UInt64
    /// `good` or `broken`.
    var verdict: String
    var hash: String
    var virtualSeconds: Double
    var realSeconds: Double
    var calls: Int
    var talked: Int
    var records: Int
    var registrations: Int
    var datagrams: Int
    var lost: Int
    var incidents: Int
    var jobs: Int
    /// What reached past the world, of any kind; 0 where it is tight.
    var leaks: Int
    var broken: [Broken]

    init(_ report: SimulationReport, plan: SimulationPlan, elapsed: Duration) {
        seed = plan.seed
        verdict = report.isGood ? "good" : "broken"
        hash = ReportText.hash(report.hash)
        virtualSeconds = report.virtualTime / .seconds(1)
        realSeconds = elapsed / .seconds(1)
        calls = report.callCount
        talked = report.talkedCount
        records = report.recordCount
        registrations = report.registrationCount
        datagrams = report.network.datagramsSent
        lost = report.network.lost
        incidents = plan.incidents.count
        let counters = report.counters
        jobs = counters.jobsRun
        leaks =
            counters.jobsOffThread + counters.clockCalls + counters.entropyCalls
            + counters.threadsMade
        broken = report.breaches.map { Broken(claim: $0.claim, finding: $0.finding) }
    }

    init(json: String) throws {
        self = try JSONDecoder().decode(RunOutcome.self, from: Data(json.utf8))
    }

    /// One line.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let bytes = (try? encoder.encode(self)) ?? Data()
        return String(decoding: bytes, as: UTF8.self)
    }
}
