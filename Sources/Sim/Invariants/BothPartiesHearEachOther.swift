import Platform

/// In a call that was talked for a while and never held, each party heard the other.
struct BothPartiesHearEachOther: Invariant {
    /// Enough for a lost 200 or ACK to be sent again, and for ten packets of sparse sound.
    private static let leastTalkTime = Duration.seconds(20)

    var claim: String { "both parties of a call hear each other" }

    func breaches(in evidence: Evidence) -> [String] {
        evidence.sightings.compactMap { sighting in
            guard sighting.outcome == .talked, !sighting.wasHeld, let answered = sighting.answered,
                sighting.ended - answered > Self.leastTalkTime, sighting.heard.isEmpty
            else { return nil }
            let parties = [sighting.phone] + evidence.phones(of: sighting.remoteNumber)
            let wasCutOff = parties.contains { phone in
                evidence.outages.hit(phone, from: sighting.begun, to: sighting.ended)
            }
            if wasCutOff { return nil }
            let listener = evidence.numbers[sighting.phone] ?? ""
            return "\(listener) talked with \(sighting.remoteNumber) and heard nothing"
                + " (\(sighting.sipCallID))"
        }
    }
}
