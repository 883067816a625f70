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
        let visits = HouseVisits(evidence, links)
        let talked = evidence.sightings.filter { $0.answered != nil }
        let parties = Dictionary(grouping: talked, by: { links.call(of: $0) })
        return parties.compactMap { call, parties -> String? in
            // Whoever came or left by a transfer is one of them: the last two talked together.
            let last = parties.sorted { ($0.ended, $0.phone) < ($1.ended, $1.phone) }.suffix(2)
            guard let call, parties.contains(where: \.isCaller), last.count == 2,
                let vanished = last.first, let survivor = last.last,
                // Who was sent to the exchange itself talks with nobody else.
                visits.numbers(of: survivor).isEmpty
            else { return nil }
            let gap = survivor.ended - vanished.ended
            // Who is cut off itself can't be told; nor can an exchange that is down tell.
            let isExcused = evidence.outages.hit(
                survivor.phone, from: vanished.ended, to: survivor.ended, grace: .seconds(35))
            guard gap > Self.bound + links.ringingInVain(for: call), !isExcused else {
                return nil
            }
            let name = evidence.numbers[survivor.phone] ?? ""
            return "\(name) was left alone for \(gap) (\(survivor.sipCallID))"
        }.sorted()
    }
}
