import PBX
import Platform

/// The call record of every call is there once, is closed, and says what the phones saw.
struct EachCallIsRecordedOnce: Invariant {
    var claim: String { "each call record is written once" }

    func breaches(in evidence: Evidence) -> [String] {
        let links = evidence.links
        let transferred = evidence.transferredCalls
        var unclaimed: [CallID: [CallRecord]] = Dictionary(
            grouping: evidence.records, by: \.callID)
        var breaches: [String] = []
        for sighting in evidence.sightings.filter(\.isCaller) {
            let caller = evidence.numbers[sighting.phone] ?? ""
            let call = "\(caller) to \(sighting.remoteNumber) at \(Self.seconds(sighting.begun))"
            let own =
                links.firstCall(of: sighting).flatMap { unclaimed.removeValue(forKey: $0) } ?? []
            if own.count > 1 { breaches.append("\(call): \(own.count) records") }
            let isExcused = evidence.isExcused(sighting, by: [.storage, .exchangeDown])
            guard let record = own.first else {
                if Self.mustBeRecorded(sighting), !isExcused {
                    breaches.append("\(call): no record")
                }
                continue
            }
            if record.endedAt == nil { breaches.append("\(call): the record is open") }
            if isExcused { continue }
            breaches += Self.contradictions(record, caller, sighting)
                .filter { $0 != Self.refused || !Self.isWithheld(sighting, evidence, links) }
                // Whoever gave its place away while it rang has heard no answer.
                .filter { $0 != Self.refused || !sighting.hasAskedForTransfer }
                .map { "\(call): \($0)" }
            let gaps = Self.gaps(
                record, sighting, goesOn: transferred.contains(record.callID),
                wasCutOff: sighting.isByeSpoilt
                    || evidence.outages.hit(
                        sighting.phone, from: sighting.begun, to: sighting.ended,
                        kinds: [.network]),
                isExcused: evidence.hasJumpedClock)
            breaches += gaps.map { "\(call): \($0)" }
        }
        for record in unclaimed.values.flatMap(\.self).sorted(by: { $0.callID < $1.callID }) {
            guard
                !evidence.outages.contains(where: { [.storage, .exchangeDown].contains($0.kind) })
            else { continue }
            breaches.append("a record of \(record.caller.text) that no caller knows of")
        }
        for leg in evidence.legs where leg.endedAt == nil {
            breaches.append("a leg of \(leg.party.text) is open in the records")
        }
        return breaches
    }

    private static func contradictions(
        _ record: CallRecord, _ caller: String, _ sighting: CallSighting
    ) -> [String] {
        var found: [String] = []
        if record.caller.text != caller { found.append("another caller") }
        // Who presses the key of a lamp dials that number, and names what to take there.
        let dialled = sighting.remoteNumber
        let isTaken = VirtualPhone.isTaking(dialled) && dialled.hasSuffix(record.callee.text)
        if record.callee.text != dialled, !isTaken { found.append("another callee") }
        if sighting.outcome == .talked, record.answeredAt == nil {
            found.append("talked, and recorded as unanswered")
        }
        if case .refused = sighting.outcome, record.answeredAt != nil {
            found.append(refused)
        }
        return found
    }

    private static let refused = "refused, and recorded as answered"

    /// A 2xx waits for the PRACK of what was said before (RFC 3262 §3). Where that PRACK is spoilt on
    /// its way, and the callee, or whoever picked the call up, hangs up again meanwhile, the one saw an
    /// answer and the other a refusal: at once, or when that has come again often enough to arrive.
    private static func isWithheld(
        _ caller: CallSighting, _ evidence: Evidence, _ links: CallLinks
    ) -> Bool {
        let call = links.call(of: caller)
        return evidence.sightings.contains { callee in
            callee.sipCallID != caller.sipCallID && callee.outcome == .talked
                && links.call(of: callee) == call
                && callee.ended - caller.ended < .seconds(2)
                && caller.ended - callee.ended < .seconds(32)
        }
    }

    /// The record's times are the caller's, but for what messages and repetitions take.
    ///
    /// - Parameters:
    ///   - goesOn: the caller sent the callee on: the call ends after it has left.
    ///   - wasCutOff: the caller's BYE may not have got through: its silence ends the call.
    private static func gaps(
        _ record: CallRecord, _ sighting: CallSighting, goesOn: Bool, wasCutOff: Bool,
        isExcused: Bool
    ) -> [String] {
        guard !isExcused, let ended = record.endedAt else { return [] }
        let first = SimulatedTime.firstWallTime.microseconds
        let began = Duration.microseconds(record.startedAt.microseconds - first)
        let slack = Duration.seconds(wasCutOff ? 90 + 35 : 35)
        var found: [String] = []
        if began < sighting.begun - .start - .seconds(1)
            || began > sighting.ended - .start + slack
        {
            found.append("recorded at another time")
        }
        let end = Duration.microseconds(ended.microseconds - first)
        if sighting.outcome == .talked, !goesOn, end > sighting.ended - .start + slack {
            found.append("the record ended \(end - (sighting.ended - .start)) later")
        }
        return found
    }

    /// A call may go without a record where the exchange may never have admitted it.
    private static func mustBeRecorded(_ sighting: CallSighting) -> Bool {
        switch sighting.outcome {
        case .talked: true
        // 400 is what a damaged INVITE gets.
        case .refused(let status): ![400, 401, 403, 407, 408, 500, 503].contains(status)
        case .abandoned, .answeredElsewhere, .refusedHere, .lost: false
        }
    }

    private static func seconds(_ instant: Instant) -> String {
        "\(instant.secondsSinceStart) s"
    }
}

extension Evidence {
    /// Whether people's clocks were moved, so that the times of records say little.
    var hasJumpedClock: Bool { outages.contains { $0.kind == .wallClock } }
}
