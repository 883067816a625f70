import PBX
import Platform

/// However many phones ring, one is answered: one leg's record says so, and only its phone hears
/// the caller.
struct ACallHasOneWinner: Invariant {
    var claim: String { "a call has one winner" }

    func breaches(in evidence: Evidence) -> [String] {
        let links = evidence.links
        // A transfer has a winner of its own, and so has the recall of one that went wrong.
        let referrals = Dictionary(
            grouping: evidence.sightings.filter(\.hasAskedForTransfer), by: { links.call(of: $0) }
        ).mapValues(\.count)
        var breaches: [String] = []
        for record in evidence.records {
            let winners = links.legs(of: record.callID).filter {
                $0.role == .callee && $0.answeredAt != nil
            }
            let call = "\(record.caller.text) to \(record.callee.text)"
            if winners.count > 1 + 2 * referrals[record.callID, default: 0] {
                breaches.append("\(call): \(winners.count) phones won")
            }
            if record.answeredAt == nil, !winners.isEmpty {
                breaches.append("\(call): unanswered, and yet a phone won")
            }
        }
        let unanswered = Set(
            evidence.legs.filter { $0.role == .callee && $0.answeredAt == nil }
                .compactMap(\.sipCallID))
        for sighting in evidence.sightings where !sighting.isCaller && !sighting.heard.isEmpty {
            guard unanswered.contains(sighting.sipCallID),
                !evidence.isExcused(sighting, by: [.storage, .exchangeDown])
            else { continue }
            breaches.append(
                "\(evidence.numbers[sighting.phone] ?? "") did not win the call of"
                    + " \(sighting.remoteNumber), and heard it")
        }
        return breaches
    }
}
