import PBX
import Platform

/// Whatever comes of a transfer, nobody is left alone: whoever talks at the end of such a call talks
/// with one other, both end together, and never do three talk at once.
struct NobodyIsLostByATransfer: Invariant {
    /// A BYE, or the offers that bring two together, may be lost and sent again.
    private static let bound = Duration.seconds(40)

    var claim: String { "nobody is lost by a transfer" }

    func breaches(in evidence: Evidence) -> [String] {
        let links = evidence.links
        let sightings = Dictionary(grouping: evidence.sightings) { links.call(of: $0) }
        return evidence.callsWithReferrals.sorted().flatMap { call -> [String] in
            let parties = sightings[call] ?? []
            if parties.contains(where: { evidence.isExcused($0) }) { return [] }
            return crowds(in: links.legs(of: call), evidence) + lonely(among: parties, evidence)
        }
    }

    /// Three legs that were answered at one time, for longer than a transfer takes to change hands.
    private func crowds(in legs: [CallLegRecord], _ evidence: Evidence) -> [String] {
        let talks = legs.compactMap { leg -> (Int64, Int64)? in
            // Who asked stays until it has been told how it went, and hears nobody.
            guard let answered = leg.answeredAt, let ended = leg.endedAt,
                leg.endReason != .transferred
            else { return nil }
            return (answered.microseconds, ended.microseconds)
        }
        guard talks.count > 2 else { return [] }
        for (index, first) in talks.enumerated() {
            for (offset, second) in talks[(index + 1)...].enumerated() {
                for third in talks[(index + 2 + offset)...] {
                    let begin = max(first.0, second.0, third.0)
                    let end = min(first.1, second.1, third.1)
                    if end - begin > 1_000_000 {
                        return ["three parties talked in the call of \(legs[0].party.text)"]
                    }
                }
            }
        }
        return []
    }

    /// Somebody who talked on, as the descriptions said, long after everybody else was gone.
    private func lonely(among parties: [CallSighting], _ evidence: Evidence) -> [String] {
        let talked = parties.filter { $0.outcome == .talked }.sorted { $0.ended < $1.ended }
        guard let last = talked.last, let since = last.bothWaysSince
        else { return [] }
        // While somebody rings for it, the last one hears music: the longest ringing, twice.
        let rung = parties.filter { $0.phone != last.phone }.map(\.ended).max()
        guard let others = rung, last.ended - max(others, since) > Self.bound else { return [] }
        return [
            "\(evidence.numbers[last.phone] ?? "") was left alone for \(last.ended - others)"
                + " (\(last.sipCallID))"
        ]
    }
}
