import PBX
import Platform

/// Whoever is left in a slot is found there, or rings its parker before long; nobody waits there for
/// ever.
struct AParkedCallIsFoundOrRecalled: Invariant {
    /// How long the simulated exchange lets people wait, and what messages and repetitions take.
    private static let bound = Duration.seconds(10 + 35)

    var claim: String { "a parked call is found again or recalled" }

    func breaches(in evidence: Evidence) -> [String] {
        let links = evidence.links
        let sightings = Dictionary(grouping: evidence.sightings) { links.call(of: $0) }
        return evidence.sightings.compactMap { parker in
            guard let left = parker.leftInSlot, let call = links.call(of: parker),
                !evidence.outages.hit(
                    nil, from: left, to: left + Self.bound, grace: .seconds(35),
                    kinds: Outage.Kind.explaining)
            else { return nil }
            let others = (sightings[call] ?? []).filter {
                $0.phone != parker.phone && $0.begun < left && $0.ended > left
                    && $0.outcome == .talked
            }
            guard let parked = others.first, parked.ended - left > Self.bound else { return nil }
            // Whoever took the call, or was rung for it, has a leg that began since.
            let slack: Int64 = 2_000_000
            let since = evidence.wallTime(of: left).microseconds - slack
            let isFound = links.legs(of: call).contains { $0.startedAt.microseconds > since }
            if isFound { return nil }
            return "\(evidence.numbers[parked.phone] ?? "") was left in a slot by"
                + " \(evidence.numbers[parker.phone] ?? "") and waited for"
                + " \(parked.ended - left) (\(parked.sipCallID))"
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
