import PBX
import Platform

/// A call to the outside is answered at one machine of one provider, and its record says by which
/// trunk that was.
struct ACallOutNamesItsTrunk: Invariant {
    var claim: String { "a call out has one winner, and its record names the trunk" }

    func breaches(in evidence: Evidence) -> [String] {
        guard !evidence.lines.isEmpty else { return [] }
        let links = evidence.links
        let withReferrals = evidence.callsWithReferrals
        let answered = Dictionary(
            evidence.sightings.filter { !$0.isCaller && evidence.lines[$0.phone] != nil }
                .map { ($0.sipCallID, $0) }, uniquingKeysWith: { one, _ in one })
        var breaches: [String] = []
        for record in evidence.records where record.kind == .outgoing {
            let call = "\(record.caller.text) to \(record.callee.text)"
            let legs = links.legs(of: record.callID).filter { $0.role == .callee }
            for leg in legs where leg.answeredAt != nil {
                guard let sipCallID = leg.sipCallID, let sighting = answered[sipCallID],
                    let provider = evidence.lines[sighting.phone]
                else { continue }
                if leg.contact?.contains(provider) != true {
                    breaches.append(
                        "\(call): answered at \(provider), and recorded as"
                            + " \(leg.contact ?? "nothing") (\(sipCallID))")
                }
            }
            // Several machines may be tried; of those one answers, unless the call was sent on.
            let winners = legs.filter { leg in
                leg.sipCallID.flatMap { answered[$0] }?.outcome == .talked
                    && leg.answeredAt != nil
            }
            if winners.count > 1, !withReferrals.contains(record.callID) {
                breaches.append("\(call): answered at \(winners.count) machines")
            }
        }
        return breaches
    }
}
