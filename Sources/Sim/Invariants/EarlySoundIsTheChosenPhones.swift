import PBX
import Platform

/// Before the answer a caller hears at most one phone, and only one that speaks early or that wins.
struct EarlySoundIsTheChosenPhones: Invariant {
    var claim: String { "early sound comes from the chosen phone alone" }

    func breaches(in evidence: Evidence) -> [String] {
        let callers = evidence.sightings.filter { !$0.earlyMarks.isEmpty }
        if callers.isEmpty { return [] }
        let bySpeaker = Dictionary(
            evidence.sightings.map { (SpeakerMark(phone: $0.phone, call: $0.call), $0) },
            uniquingKeysWith: { first, _ in first })
        let losers = evidence.losers
        return callers.compactMap { caller in
            guard !evidence.isExcused(caller, by: [.storage, .exchangeDown]) else { return nil }
            let number = evidence.numbers[caller.phone] ?? ""
            if caller.earlyMarks.count > 1 {
                return "\(number) heard \(caller.earlyMarks.count) phones before the answer"
                    + " (\(caller.sipCallID))"
            }
            guard let speaker = caller.earlyMarks.first.flatMap({ bySpeaker[$0] }) else {
                return nil
            }
            guard !speaker.spokeEarly, losers.contains(speaker.sipCallID) else { return nil }
            return "\(number) heard a phone that neither spoke early nor won (\(caller.sipCallID))"
        }
    }
}
