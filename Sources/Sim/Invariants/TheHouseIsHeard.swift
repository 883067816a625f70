import Platform

/// Whoever calls a number of the exchange's own, or is sent there by a transfer, hears what is to be
/// heard there: music, itself, or everybody who is in the same conference.
struct TheHouseIsHeard: Invariant {
    /// Enough for ten packets of sparse sound, and for what is spoken to be fetched.
    private static let bound = Duration.seconds(20)
    /// In a conference of many two may speak at once, and neither is understood then.
    private static let meeting = Duration.seconds(45)

    var claim: String { "who comes to the exchange hears what is to be heard there" }

    func breaches(in evidence: Evidence) -> [String] {
        if evidence.sound == .off { return [] }
        let callers = evidence.sightings.filter { sighting in
            sighting.isCaller && sighting.outcome == .talked && !sighting.hasAskedForTransfer
                && HouseCall(sighting.remoteNumber) != nil && !evidence.isExcused(sighting)
        }
        // Who was muted is heard as long as it was not; another invariant judges that.
        let links = evidence.links
        let muted = Set(evidence.mutings.map(\.callID))
        let heard = callers.filter { links.calls(of: $0).isDisjoint(with: muted) }
        return callers.compactMap { deaf($0, among: heard) }.map { finding in
            "\(evidence.numbers[finding.phone] ?? "") called \(finding.remoteNumber) and did not hear"
                + " what is there (\(finding.sipCallID))"
        } + deafSent(in: evidence)
    }

    /// Those who were sent there and did not hear it.
    private func deafSent(in evidence: Evidence) -> [String] {
        let links = evidence.links
        return HouseVisits(evidence, links).sentParties(in: evidence).compactMap { sent in
            let (party, number) = (sent.party, sent.number)
            guard let both = party.bothWaysSince, !evidence.isExcused(party),
                party.bothWaysUntil - max(both, sent.since) > Self.bound
            else { return nil }
            let isHeard =
                switch HouseCall(number) {
                case .echo:
                    party.heard[SpeakerMark(phone: party.phone, call: party.call)] != nil
                case .music: party.lastMusic.map { $0 > sent.since } ?? false
                case .conference:
                    [party.lastMusic, party.lastHeard].compactMap(\.self).contains {
                        $0 > sent.since
                    }
                // It listens first, and for long.
                case .playback, nil: true
                }
            return isHeard
                ? nil
                : "\(evidence.numbers[party.phone] ?? "") was sent to \(number) and did not hear"
                    + " what is there (\(party.sipCallID))"
        }
    }

    /// The same call, where it heard less than it should have.
    private func deaf(_ caller: CallSighting, among all: [CallSighting]) -> CallSighting? {
        guard let since = caller.bothWaysSince, caller.bothWaysUntil - since > Self.bound else {
            return nil
        }
        let own = SpeakerMark(phone: caller.phone, call: caller.call)
        switch HouseCall(caller.remoteNumber) {
        case .echo: return caller.heard[own] == nil ? caller : nil
        case .music: return caller.lastMusic == nil ? caller : nil
        case .conference:
            if caller.lastMusic == nil, caller.heard.isEmpty { return caller }
            // Whom one meets by keys, only the keys tell.
            if caller.remoteNumber == VirtualPhone.conferenceNumber { return nil }
            let others = all.filter { other in
                guard other.phone != caller.phone, other.remoteNumber == caller.remoteNumber,
                    let theirs = other.bothWaysSince
                else { return false }
                let together =
                    min(caller.bothWaysUntil, other.bothWaysUntil) - max(since, theirs)
                return together > Self.meeting
            }
            let isDeaf = others.contains {
                caller.heard[SpeakerMark(phone: $0.phone, call: $0.call)] == nil
            }
            return isDeaf ? caller : nil
        case .playback, nil: return nil
        }
    }
}
