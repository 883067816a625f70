import Platform

/// Whoever hears something hears the party of the own call, and no other.
struct NobodyHearsAnotherConversation: Invariant {
    var claim: String { "nobody hears a conversation they are not part of" }

    func breaches(in evidence: Evidence) -> [String] {
        let bySpeaker = Dictionary(
            evidence.sightings.map { (SpeakerMark(phone: $0.phone, call: $0.call), $0) },
            uniquingKeysWith: { first, _ in first })
        let links = evidence.links
        let visits = HouseVisits(evidence, links)
        var breaches: [String] = []
        for sighting in evidence.sightings {
            let listener = evidence.numbers[sighting.phone] ?? ""
            for (mark, count) in sighting.heard {
                if mark == SpeakerMark(phone: sighting.phone, call: sighting.call) {
                    // The name that is said at the door comes back, too.
                    let numbers = visits.numbers(of: sighting)
                    if numbers.contains(VirtualPhone.conferenceNumber) { continue }
                    if visits.wasAt(.echo, sighting) || visits.wasAt(.playback, sighting) {
                        continue
                    }
                    // Whom a transfer sent there only the records tell.
                    if links.call(of: sighting) == nil,
                        evidence.isExcused(sighting, by: [.storage, .exchangeDown])
                    {
                        continue
                    }
                    breaches.append(
                        "\(listener), in a call with \(sighting.remoteNumber), heard itself")
                    continue
                }
                let speaker = evidence.numbers[mark.phone] ?? "?"
                if let other = bySpeaker[mark] {
                    if links.haveMet(sighting, other) { continue }
                    if Self.shareRoom(sighting, other, visits) { continue }
                }
                let isParty =
                    !Self.areLinked(sighting, bySpeaker[mark], links)
                    && speaker == sighting.remoteNumber
                    && bySpeaker[mark]?.remoteNumber == listener
                    && bySpeaker[mark].map { Self.overlap($0, sighting) } == true
                if isParty { continue }
                // Whom a transfer brought together only the records tell, and some went down with
                // the exchange.
                if !Self.areLinked(sighting, bySpeaker[mark], links),
                    evidence.isExcused(sighting, by: [.storage, .exchangeDown])
                {
                    continue
                }
                if Self.mayHaveTaken([sighting, bySpeaker[mark]], evidence) { continue }
                breaches.append(
                    "\(listener), in a call with \(sighting.remoteNumber), heard \(count) packets"
                        + " of \(speaker)'s call \(mark.call)")
            }
        }
        return breaches
    }

    /// Whether the records say of both which call they were in.
    private static func areLinked(
        _ one: CallSighting, _ other: CallSighting?, _ links: CallLinks
    ) -> Bool {
        links.call(of: one) != nil && other.flatMap(links.call(of:)) != nil
    }

    /// Whose call somebody took only the last of its records tells; the exchange went down with it.
    private static func mayHaveTaken(
        _ parties: [CallSighting?], _ evidence: Evidence
    ) -> Bool {
        parties.compactMap(\.self).contains {
            $0.isCaller && VirtualPhone.isTaking($0.remoteNumber)
                && evidence.isExcused($0, by: [.exchangeDown])
        }
    }

    /// Both were in a conference at one time; the name of who has left is said a moment later.
    private static func shareRoom(
        _ one: CallSighting, _ other: CallSighting, _ visits: HouseVisits
    ) -> Bool {
        visits.wasAt(.conference, one) && visits.wasAt(.conference, other)
            && one.begun <= other.ended + .seconds(30) && other.begun <= one.ended
    }

    private static func overlap(_ one: CallSighting, _ other: CallSighting) -> Bool {
        one.begun <= other.ended && other.begun <= one.ended
    }
}
