import PBX
import Platform

/// Whatever comes of a transfer, nobody is left alone: whoever talks at the end of such a call talks
/// with one other, or with the exchange itself where it was sent there; both end together, and never do
/// three talk at once.
struct NobodyIsLostByATransfer: Invariant {
    /// A BYE, or the offers that bring two together, may be lost and sent again.
    private static let bound = Duration.seconds(40)

    var claim: String { "nobody is lost by a transfer" }

    func breaches(in evidence: Evidence) -> [String] {
        let links = evidence.links
        let visits = HouseVisits(evidence, links)
        let sightings = Dictionary(grouping: evidence.sightings) { links.call(of: $0) }
        return evidence.callsWithReferrals.sorted().flatMap { call -> [String] in
            let parties = sightings[call] ?? []
            if parties.contains(where: { evidence.isExcused($0) }) { return [] }
            return crowds(in: links.legs(of: call))
                + lonely(among: parties, visits, links.ringingInVain(for: call), evidence)
        }
    }

    /// Three legs that were answered at one time, for longer than a transfer takes to change hands.
    private func crowds(in legs: [CallLegRecord]) -> [String] {
        let talks = legs.compactMap { leg -> (begin: Int64, end: Int64, name: String)? in
            // Who asked stays until it has been told how it went, and hears nobody.
            guard let answered = leg.answeredAt, let ended = leg.endedAt,
                leg.endReason != .transferred
            else { return nil }
            let name = "\(leg.party.text) (\(leg.sipCallID ?? ""))"
            return (answered.microseconds, ended.microseconds, name)
        }
        guard talks.count > 2 else { return [] }
        for (index, first) in talks.enumerated() {
            for (offset, second) in talks[(index + 1)...].enumerated() {
                for third in talks[(index + 2 + offset)...] {
                    let three = [first, second, third]
                    let begin = three.map(\.begin).max() ?? 0
                    let end = three.map(\.end).min() ?? 0
                    if end - begin > 1_000_000 {
                        let names = three.map(\.name).joined(separator: ", ")
                        return ["three talked in one call: \(names)"]
                    }
                }
            }
        }
        return []
    }

    /// Somebody who talked on, as the descriptions said, long after everybody else was gone.
    private func lonely(
        among parties: [CallSighting], _ visits: HouseVisits, _ ringing: Duration,
        _ evidence: Evidence
    ) -> [String] {
        let talked = parties.filter { $0.outcome == .talked }.sorted { $0.ended < $1.ended }
        guard let last = talked.last, let since = last.bothWaysSince
        else { return [] }
        // Whether it hears what there is to be heard there, another invariant asks.
        guard visits.numbers(of: last).isEmpty else { return [] }
        // While somebody rings for it, the last one hears music; a phone that is out of reach rings
        // without knowing.
        let gone = parties.filter { $0.phone != last.phone }.map(\.ended).max()
        guard let others = gone,
            last.ended - max(others, since) > Self.bound + ringing
        else { return [] }
        return [
            "\(evidence.numbers[last.phone] ?? "") was left alone for \(last.ended - others)"
                + " (\(last.sipCallID))"
        ]
    }
}
