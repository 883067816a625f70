extension LoadReport {
    /// The report as people read it.
    var text: String {
        var lines = [
            "target         \(target), \(phones) phones",
            "registrations  \(registrations.succeeded) good, \(registrations.failed) failed",
        ]
        lines += Self.line("  latency      ", registrations.latency)
        lines.append(
            "calls          \(calls.placed) placed in \(Self.rounded(callingSeconds, 1)) s, "
                + "\(Self.rounded(calls.perSecond, 1))/s: \(calls.talked) talked, "
                + "\(calls.failed) failed, \(calls.missed) missed")
        lines += Self.line("  ringing      ", calls.ringing)
        lines += Self.line("  set-up       ", calls.setUp)
        lines += soundLines
        for (cause, count) in failures.sorted(by: { $0.key < $1.key }) {
            lines.append("failure        \(count) × \(cause)")
        }
        if complaints > 0 { lines.append("complaints     \(complaints)") }
        lines += someComplaints.map { "  \($0)" }
        lines += usageLines
        let verdict = isGood ? "good" : "not good"
        lines.append(
            "verdict        \(verdict): \(failureCount) failures, \(maxFailures) allowed")
        return lines.joined(separator: "\n")
    }

    private var soundLines: [String] {
        guard sound.plan != "off" else { return ["sound          off"] }
        var lines: [String] = []
        if let rate = sound.heardRate {
            lines.append(
                "heard          \(sound.heardCalls) of \(sound.judgedCalls) calls "
                    + "(\(Self.rounded(rate * 100, 2)) %), strangers in \(sound.callsWithStrangers)"
            )
        }
        let loss = sound.lossRate.map { " (\(Self.rounded($0 * 100, 3)) %)" } ?? ""
        lines.append(
            "packets        \(sound.sentPackets) sent, \(sound.lostPackets) of "
                + "\(sound.expectedPackets) lost\(loss)")
        lines += Self.line("  jitter       ", sound.jitter)
        if sound.withheldPackets > 0 {
            lines.append("withheld       \(sound.withheldPackets) packets to public addresses")
        }
        return lines
    }

    private var usageLines: [String] {
        let each = [
            usage.registrationCPUMicroseconds.map { "\(Self.rounded($0, 0)) µs a registration" },
            usage.callCPUMicroseconds.map { "\(Self.rounded($0, 0)) µs a call" },
        ].compactMap(\.self)
        let total = usage.registeringCPUSeconds + usage.callingCPUSeconds
        return [
            "cpu            "
                + (["\(Self.rounded(total, 2)) s"] + each).joined(separator: ", "),
            "memory         \(usage.peakMemoryBytes >> 20) MB, "
                + "\(usage.memoryBytesPerPhone >> 10) kB a phone before the first call",
        ]
    }

    private static func line(_ title: String, _ times: Times?) -> [String] {
        guard let times else { return [] }
        return [
            "\(title)\(rounded(times.p50, 2)) ms half, \(rounded(times.p90, 2)) p90, "
                + "\(rounded(times.p99, 2)) p99, \(rounded(times.p999, 2)) p99.9, "
                + "\(rounded(times.max, 2)) most"
        ]
    }

    /// That many digits after the point.
    static func rounded(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "–" }
        let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        let units = Int((value * Double(scale)).rounded())
        guard digits > 0 else { return String(units) }
        let fraction = String(abs(units) % scale)
        let zeros = String(repeating: "0", count: digits - fraction.count)
        return "\(units < 0 ? "-" : "")\(abs(units) / scale).\(zeros)\(fraction)"
    }
}
