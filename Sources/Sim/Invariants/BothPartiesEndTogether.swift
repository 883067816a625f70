import PBX
import Platform

/// Whoever hangs up, the other side is told at once.
struct BothPartiesEndTogether: Invariant {
    /// Five BYEs in a row may be lost.
    private static let bound = Duration.seconds(20)

    var claim: String { "both parties of a call end together" }

    func breaches(in evidence: Evidence) -> [String] {
        let links = evidence.links
        let transferred = evidence.transferredCalls
        // A phone that was picked up a moment after the winner has its BYE, too, but no call.
        let losers = Set(
            evidence.legs.filter { $0.role == .callee && $0.answeredAt == nil }
                .compactMap(\.sipCallID))
        let talked = evidence.sightings.filter {
            $0.outcome == .talked && !losers.contains($0.sipCallID)
        }
        let callees = Dictionary(
            grouping: talked.filter { !$0.isCaller }, by: { links.call(of: $0) })
        return talked.filter(\.isCaller).compactMap { caller in
            guard let call = links.call(of: caller), !transferred.contains(call),
                let others = callees[call],
                let latest = others.max(by: { $0.ended < $1.ended })
            else { return nil }
            let gap = max(latest.ended, caller.ended) - min(latest.ended, caller.ended)
            let isSpoilt = [caller, latest].contains {
                $0.isByeSpoilt || evidence.spoiltByes.contains($0.sipCallID)
            }
            guard gap > Self.bound, !isSpoilt, !evidence.isExcused(caller),
                !evidence.isExcused(latest)
            else { return nil }
            let isCallerLast = caller.ended > latest.ended
            let last = evidence.numbers[isCallerLast ? caller.phone : latest.phone] ?? ""
            let other = evidence.numbers[isCallerLast ? latest.phone : caller.phone] ?? ""
            return "\(last) still talked \(gap) after \(other) was gone (\(caller.sipCallID))"
        }
    }
}
