import PBX
import Platform
import SIPStack

/// When one phone of an extension is picked up, the others stop ringing and show that it was answered
/// elsewhere (RFC 3326), and no phone is told so where nobody answered.
struct TheOthersAreToldWhoAnswered: Invariant {
    var claim: String { "phones that ring along are told who answered" }

    func breaches(in evidence: Evidence) -> [String] {
        let links = evidence.links
        let withReferrals = evidence.callsWithReferrals
        let answered = Dictionary(
            evidence.records.map { ($0.callID, $0.answeredAt != nil) },
            uniquingKeysWith: { one, _ in one })
        return evidence.sightings.compactMap { sighting in
            // Of a provider's machines one is tried after the other: none rings along.
            guard !sighting.isCaller, evidence.lines[sighting.phone] == nil,
                let call = links.call(of: sighting),
                let isCallAnswered = answered[call], !evidence.isExcused(sighting)
            else { return nil }
            // Its stream broke before it had said anything: it was given up, and rang for nobody.
            let own = links.legs(of: call).first { $0.sipCallID == sighting.sipCallID }
            if own?.status == Status.serviceUnavailable.code { return nil }
            var wasAnswered = isCallAnswered
            if withReferrals.contains(call) {
                // Such a call rings more than once: only who was asked together is told together.
                guard !evidence.hasJumpedClock else { return nil }
                wasAnswered = Self.answered(beside: sighting, among: links.legs(of: call))
            }
            return breach(sighting, wasAnswered, evidence)
        }
    }

    /// Whether another phone answered while this one rang.
    private static func answered(
        beside sighting: CallSighting, among legs: [CallLegRecord]
    ) -> Bool {
        guard let own = legs.first(where: { $0.sipCallID == sighting.sipCallID }),
            let ended = own.endedAt
        else { return false }
        return legs.contains { leg in
            guard leg.role == .callee, leg.legID != own.legID, let answered = leg.answeredAt else {
                return false
            }
            return answered >= own.startedAt && answered <= ended
        }
    }

    private func breach(
        _ sighting: CallSighting, _ wasAnswered: Bool, _ evidence: Evidence
    ) -> String? {
        let number = evidence.numbers[sighting.phone] ?? ""
        switch sighting.outcome {
        case .abandoned where wasAnswered:
            return "\(number) was not told that another phone answered"
                + " \(sighting.remoteNumber) (\(sighting.sipCallID))"
        case .answeredElsewhere where !wasAnswered:
            return "\(number) was told that another phone answered"
                + " \(sighting.remoteNumber), and none did (\(sighting.sipCallID))"
        case .talked, .refused, .refusedHere, .abandoned, .answeredElsewhere, .lost:
            return nil
        }
    }
}
