import PBX
import Platform

/// Keys arrive as they were pressed: none that was not, none twice, in their order; and those that an
/// INFO's 200 promised are there.
struct KeysReachTheOtherParty: Invariant {
    var claim: String { "keys reach the other party as they were pressed" }

    func breaches(in evidence: Evidence) -> [String] {
        let bySpeaker = Dictionary(
            evidence.sightings.filter { !$0.pressedKeys.isEmpty }
                .map { (SpeakerMark(phone: $0.phone, call: $0.call), $0.pressedKeys) },
            uniquingKeysWith: { first, _ in first })
        var breaches: [String] = []
        for sighting in evidence.sightings {
            for heard in sighting.heardKeys {
                guard let mark = heard.mark else { continue }
                let pressed = bySpeaker[mark] ?? ""
                if heard.keys.isSubsequence(of: pressed) { continue }
                breaches.append(
                    "\(evidence.numbers[sighting.phone] ?? "") heard the keys \(heard.keys), and"
                        + " \(evidence.numbers[mark.phone] ?? "?") pressed \(pressed)"
                        + " (\(sighting.sipCallID))")
            }
        }
        return breaches + Self.informBreaches(in: evidence)
    }

    private static func informBreaches(in evidence: Evidence) -> [String] {
        let links = evidence.links
        let losers = evidence.losers
        let withKeys = evidence.sightings.filter {
            !$0.takenKeys.isEmpty || !$0.informedKeys.isEmpty
        }
        if withKeys.isEmpty { return [] }
        let parties = Dictionary(grouping: evidence.sightings, by: { links.call(of: $0) })
        return withKeys.compactMap { presser in
            guard let call = links.call(of: presser), !losers.contains(presser.sipCallID),
                !evidence.isExcused(presser),
                let other = parties[call]?.first(where: {
                    $0.isCaller != presser.isCaller && !losers.contains($0.sipCallID)
                }), !evidence.isExcused(other),
                !presser.takenKeys.isSubsequence(of: other.informedKeys)
            else { return nil }
            return "\(evidence.numbers[presser.phone] ?? "") was told that its keys"
                + " \(presser.takenKeys) were taken, and \(other.informedKeys) came"
                + " (\(presser.sipCallID))"
        }
    }
}

extension String {
    /// Whether all of it is in the other, in order.
    fileprivate func isSubsequence(of other: String) -> Bool {
        var rest = other[...]
        for character in self {
            guard let index = rest.firstIndex(of: character) else { return false }
            rest = rest[rest.index(after: index)...]
        }
        return true
    }
}
