import PBX
import Platform

/// Who calls one device of an extension (GRUU, RFC 5627) rings that one alone.
struct ACallToOneDeviceRingsNoOther: Invariant {
    var claim: String { "a call to one device rings no other" }

    func breaches(in evidence: Evidence) -> [String] {
        guard evidence.sightings.contains(where: { $0.wantedPhone != nil }) else { return [] }
        let links = evidence.links
        // Who is transferred rings others.
        let moved = evidence.callsWithReferrals
        let rung = Dictionary(grouping: evidence.sightings.filter { !$0.isCaller && !$0.isMisled })
        {
            links.firstCall(of: $0)
        }
        return evidence.sightings.flatMap { caller -> [String] in
            guard let wanted = caller.wantedPhone, let call = links.firstCall(of: caller),
                !moved.contains(call)
            else { return [] }
            return (rung[call] ?? []).filter { $0.phone != wanted }.map {
                "phone \($0.phone) rang for a call to phone \(wanted) (\($0.sipCallID))"
            }
        }
    }
}
