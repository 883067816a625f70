import PBX
import Platform

/// The call record of every call is there once, is closed, and says what the caller saw.
struct EachCallIsRecordedOnce: Invariant {
    var claim: String { "each call record is written once" }

    func breaches(in evidence: Evidence) -> [String] {
        var breaches: [String] = []
        var unclaimed = Dictionary(grouping: evidence.records) { $0.caller.text }
        for sighting in evidence.sightings.filter(\.isCaller) {
            let caller = evidence.numbers[sighting.phone] ?? ""
            let own = unclaimed[caller, default: []].filter { Self.isInside($0, sighting) }
            unclaimed[caller]?.removeAll { Self.isInside($0, sighting) }
            let call = "\(caller) to \(sighting.remoteNumber) at \(Self.seconds(sighting.begun))"
            if own.count > 1 { breaches.append("\(call): \(own.count) records") }
            guard let record = own.first else {
                if Self.mustBeRecorded(sighting) { breaches.append("\(call): no record") }
                continue
            }
            breaches += Self.contradictions(record, sighting).map { "\(call): \($0)" }
        }
        for record in unclaimed.values.flatMap(\.self) {
            breaches.append("a record of \(record.caller.text) that no caller knows of")
        }
        return breaches
    }

    private static func contradictions(
        _ record: CallRecord, _ sighting: CallSighting
    ) -> [String] {
        var found: [String] = []
        if record.endedAt == nil { found.append("the record is open") }
        if record.callee.text != sighting.remoteNumber { found.append("another callee") }
        if sighting.outcome == .talked, record.answeredAt == nil {
            found.append("talked, and recorded as unanswered")
        }
        if case .refused = sighting.outcome, record.answeredAt != nil {
            found.append("refused, and recorded as answered")
        }
        return found
    }

    /// A call may go without a record where the exchange may never have admitted it.
    private static func mustBeRecorded(_ sighting: CallSighting) -> Bool {
        switch sighting.outcome {
        case .talked: true
        case .refused(let status): ![401, 403, 407, 408, 500, 503].contains(status)
        case .abandoned, .refusedHere, .lost: false
        }
    }

    /// A caller has one call at a time, so that the time tells which record is whose.
    private static func isInside(_ record: CallRecord, _ sighting: CallSighting) -> Bool {
        let start = record.startedAt.microseconds - SimulatedTime.firstWallTime.microseconds
        return start >= sighting.begun.nanoseconds / 1000
            && start <= sighting.ended.nanoseconds / 1000
    }

    private static func seconds(_ instant: Instant) -> String {
        "\(instant.nanoseconds / 1_000_000_000) s"
    }
}
