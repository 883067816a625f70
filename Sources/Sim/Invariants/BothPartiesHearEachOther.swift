import PBX
import Platform

/// In a call in which both could speak for a while, as its descriptions say, each heard the other:
/// from the answer on, and again after a hold. Who waits while somebody is rung in the other's place
/// hears music, and nobody else does.
struct BothPartiesHearEachOther: Invariant {
    /// Enough for a lost 200 or ACK to be sent again, and for ten packets of sparse sound.
    private static let leastTalkTime = Duration.seconds(20)
    /// Who speaks on as before, while the listener's description was agreed anew, is at its sparsest:
    /// enough for five packets.
    private static let longestTalkTime = Duration.seconds(60)

    var claim: String { "both parties of a call hear each other" }

    func breaches(in evidence: Evidence) -> [String] {
        if evidence.sound == .off { return [] }
        let links = evidence.links
        let referrals = evidence.callsWithReferrals
        // A caller whose stream broke may have given its call up while the other side answered it, or
        // somebody took it by a code.
        let answered = Set(
            evidence.sightings.filter {
                $0.isCaller && $0.outcome == .talked && !VirtualPhone.isTaking($0.remoteNumber)
            }.compactMap { links.call(of: $0) })
        let speakers = Dictionary(
            grouping: evidence.sightings.filter { $0.outcome == .talked },
            by: { links.call(of: $0) })
        // Whom somebody talks with who took a call by a code, or whom a transfer brought there, only the
        // records tell.
        let phones = Dictionary(grouping: evidence.sightings) { links.call(of: $0) }
            .mapValues { Set($0.map(\.phone)) }
        return evidence.sightings.compactMap { sighting in
            guard sighting.outcome == .talked, HouseCall(sighting.remoteNumber) == nil,
                let since = sighting.bothWaysSince,
                sighting.bothWaysUntil - since
                    > Self.talkTime(
                        with: speakers[links.call(of: sighting)] ?? [], sighting, since,
                        evidence.sound),
                lastSound(of: sighting, links, referrals).map({ $0 < since }) ?? true,
                links.call(of: sighting).map(answered.contains) ?? true
            else { return nil }
            let call = links.call(of: sighting)
            let isTold =
                VirtualPhone.isTaking(sighting.remoteNumber)
                || call.map(referrals.contains) ?? false
            let others =
                (isTold ? call.flatMap { phones[$0] }?.sorted() ?? [] : [])
                + evidence.phones(of: sighting.remoteNumber)
            let parties = [sighting.phone] + others
            let wasCutOff = parties.contains { phone in
                evidence.outages.hit(phone, from: sighting.begun, to: sighting.ended)
            }
            if wasCutOff { return nil }
            let listener = evidence.numbers[sighting.phone] ?? ""
            let stretch = sighting.wasHeld ? "after a hold " : ""
            return "\(listener) talked with \(sighting.remoteNumber) and \(stretch)heard nothing"
                + " (\(sighting.sipCallID))"
        }
    }

    private static func talkTime(
        with speakers: [CallSighting], _ listener: CallSighting, _ since: Instant,
        _ sound: SoundPlan
    ) -> Duration {
        let isSparse = speakers.contains { speaker in
            speaker.sipCallID != listener.sipCallID && speaker.ended > since
                && speaker.voiceSince.map { since - $0 > leastTalkTime / 2 } ?? false
        }
        return isSparse && sound == .probe ? longestTalkTime : leastTalkTime
    }

    private func lastSound(
        of sighting: CallSighting, _ links: CallLinks, _ referrals: Set<CallID>
    ) -> Instant? {
        let isReferred = links.call(of: sighting).map(referrals.contains) ?? false
        guard isReferred else { return sighting.lastHeard }
        return [sighting.lastHeard, sighting.lastMusic].compactMap(\.self).max()
    }
}
