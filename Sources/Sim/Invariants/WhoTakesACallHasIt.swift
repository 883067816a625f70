import PBX
import Platform

/// Whoever picks a call up, or fetches one that is parked, talks with somebody: it is answered only
/// where there is a call to take, and ends with it.
struct WhoTakesACallHasIt: Invariant {
    /// The last message of a call may be lost, and sent again.
    private static let bound = Duration.seconds(35)

    var claim: String { "who takes a call has it" }

    func breaches(in evidence: Evidence) -> [String] {
        let links = evidence.links
        let visits = HouseVisits(evidence, links)
        let sightings = Dictionary(grouping: evidence.sightings) { links.call(of: $0) }
        return evidence.sightings.compactMap { taker in
            guard taker.isCaller, VirtualPhone.isTaking(taker.remoteNumber),
                taker.outcome == .talked, visits.numbers(of: taker).isEmpty,
                let since = taker.bothWaysSince,
                taker.bothWaysUntil - since > Self.bound,
                !evidence.outages.contains(where: {
                    [.storage, .exchangeDown].contains($0.kind)
                })
            else { return nil }
            let parties = links.call(of: taker).flatMap { sightings[$0] } ?? []
            if parties.contains(where: { evidence.isExcused($0) }) { return nil }
            let others = parties.filter {
                $0.phone != taker.phone && $0.outcome == .talked && $0.ended > since
            }
            let number = evidence.numbers[taker.phone] ?? ""
            guard let last = others.map(\.ended).max() else {
                return "\(number) took a call by \(taker.remoteNumber), and nobody was there"
                    + " (\(taker.sipCallID))"
            }
            // The other may send it on, and nobody takes it there.
            let waited = links.call(of: taker).map(links.ringingInVain) ?? .zero
            guard taker.ended - last > Self.bound + waited else { return nil }
            return "\(number) took a call by \(taker.remoteNumber), and was left alone for"
                + " \(taker.ended - last) (\(taker.sipCallID))"
        }
    }
}
