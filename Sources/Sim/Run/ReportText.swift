import Platform

/// How figures read in `pbxsim`'s output: stable lines of name and value, for people and scripts.
public enum ReportText {
    public static func hash(_ hash: UInt64) -> String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Where a breach was seen; empty for what shows at rest.
    public static func place(of breach: Breach) -> String {
        guard let step = breach.step, let instant = breach.instant else { return "" }
        return " (step \(step), \(instant.nanoseconds / 1_000_000) ms)"
    }

    public static func counters(_ counters: WorldCounters) -> String {
        """
        jobs \(counters.jobsRun) off-thread \(counters.jobsOffThread)
        not-virtual clock \(counters.clockCalls) entropy \(counters.entropyCalls) \
        threads \(counters.threadsMade)
        library-threads \(counters.libraryThreads)
        """
    }

    public static func report(_ report: SimulationReport) -> String {
        let network = report.network
        return """
            registrations \(report.registrationCount) failed \(report.registrationFailureCount)
            calls \(report.callCount) talked \(report.talkedCount) records \(report.recordCount)
            datagrams \(network.datagramsSent) lost \(network.lost) \
            duplicated \(network.duplicated) reordered \(network.reordered) \
            unreachable \(network.unreachable)
            heard \(report.heardCount) packets
            \(counters(report.counters))
            """
    }
}
