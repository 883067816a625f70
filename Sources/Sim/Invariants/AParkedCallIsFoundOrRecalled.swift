import PBX
import Platform

/// Whoever is left in a slot is found there, or rings its parker before long, again and again; nobody
/// waits there for ever.
struct AParkedCallIsFoundOrRecalled: Invariant {
    /// How long the simulated exchange lets people wait, and what messages and repetitions take.
    private static let bound = Duration.seconds(10 + 35)

    var claim: String { "a parked call is found again or recalled" }

    func breaches(in evidence: Evidence) -> [String] {
        guard !evidence.hasJumpedClock else { return [] }
        let links = evidence.links
        let sightings = Dictionary(grouping: evidence.sightings) { links.call(of: $0) }
        return evidence.sightings.compactMap { parker in
            guard let left = parker.leftInSlot, let call = links.call(of: parker) else {
                return nil
            }
            let others = (sightings[call] ?? []).filter {
                $0.phone != parker.phone && $0.begun < left && $0.ended > left
                    && $0.outcome == .talked
            }
            guard let parked = others.first, parked.ended - left > Self.bound else { return nil }
            // It is the parker's phones that ring.
            let phones = evidence.phones(of: evidence.numbers[parker.phone] ?? "")
            let isExcused = ([parked.phone] + phones).contains { phone in
                evidence.outages.hit(
                    phone, from: left, to: left + Self.bound, grace: .seconds(35),
                    kinds: Outage.Kind.explaining)
            }
            if isExcused { return nil }
            // Whoever took the call, or was rung for it, has a leg that began since.
            let slack: Int64 = 2_000_000
            let since = evidence.wallTime(of: left).microseconds - slack
            let tries = links.legs(of: call).filter { $0.startedAt.microseconds > since }
            if tries.contains(where: { $0.answeredAt != nil }) { return nil }
            let last = tries.map { ($0.endedAt ?? $0.startedAt).microseconds }.max()
            let end = evidence.wallTime(of: parked.ended).microseconds
            let alone = Duration.microseconds(end - (last ?? since + slack))
            guard alone > Self.bound else { return nil }
            return "\(evidence.numbers[parked.phone] ?? "") was left in a slot by"
                + " \(evidence.numbers[parker.phone] ?? "") and waited for \(alone)"
                + " (\(parked.sipCallID))"
        }
    }
}

extension Evidence {
    /// What people's clocks showed, as long as nobody set them.
    func wallTime(of instant: Instant) -> WallTime {
        WallTime(
            microseconds: SimulatedTime.firstWallTime.microseconds
                + (instant - .start).nanoseconds / 1000)
    }
}
