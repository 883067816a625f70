import PBX
import Platform

/// When one phone of an extension is picked up, the others stop ringing and show that it was answered
/// elsewhere (RFC 3326), and no phone is told so where nobody answered.
struct TheOthersAreToldWhoAnswered: Invariant {
    var claim: String { "phones that ring along are told who answered" }

    func breaches(in evidence: Evidence) -> [String] {
        let links = evidence.links
        let transferred = evidence.transferCalls
        let answered = Dictionary(
            evidence.records.map { ($0.callID, $0.answeredAt != nil) },
            uniquingKeysWith: { one, _ in one })
        return evidence.sightings.compactMap { sighting in
            // In a transfer one call rings twice, for two questions.
            guard !sighting.isCaller, let call = links.call(of: sighting),
                !transferred.contains(call),
                let wasAnswered = answered[call],
                !evidence.isExcused(sighting)
            else { return nil }
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
}
