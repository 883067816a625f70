import PBX
import Platform

/// Who talks to somebody that vanished (a phone without power, moved, or with no network) is told so
/// before long: the exchange asks for signs of life.
struct NobodyTalksToTheVanished: Invariant {
    /// 90 s, and what the BYE to the other may take when the network loses some.
    private static let bound = Duration.seconds(90 + 20)

    var claim: String { "who talks to somebody that vanished is freed within 90 s" }

    func breaches(in evidence: Evidence) -> [String] {
        let links = evidence.links
        let talked = evidence.sightings.filter { $0.answered != nil }
        let callees = Dictionary(
            grouping: talked.filter { !$0.isCaller }, by: { links.call(of: $0) })
        return talked.filter(\.isCaller).compactMap { caller in
            guard let call = links.call(of: caller), let others = callees[call],
                let callee = others.max(by: { $0.ended < $1.ended })
            else { return nil }
            let (vanished, survivor) =
                caller.ended < callee.ended ? (caller, callee) : (callee, caller)
            let gap = survivor.ended - vanished.ended
            // Who is cut off itself can't be told; nor can an exchange that is down tell.
            let isExcused = evidence.outages.hit(
                survivor.phone, from: vanished.ended, to: survivor.ended, grace: .seconds(35))
            guard gap > Self.bound, !isExcused else { return nil }
            let name = evidence.numbers[survivor.phone] ?? ""
            return "\(name) was left alone for \(gap) (\(survivor.sipCallID))"
        }
    }
}
