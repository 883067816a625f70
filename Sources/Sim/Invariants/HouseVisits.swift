import PBX
import Platform

/// Who was at which number of the exchange's own: who called there, and whom somebody sent there.
struct HouseVisits: Sendable {
    private let links: CallLinks
    /// Of each call of the exchange.
    private var numbers: [CallID: Set<String>] = [:]

    init(_ evidence: Evidence, _ links: CallLinks) {
        self.links = links
        for sighting in evidence.sightings {
            let dialled = sighting.isCaller ? [sighting.remoteNumber] : []
            let here = (dialled + [sighting.sentTo].compactMap(\.self)).filter {
                HouseCall($0) != nil
            }
            guard !here.isEmpty else { continue }
            for call in links.calls(of: sighting) { numbers[call, default: []].formUnion(here) }
        }
    }

    /// Where a party may have been: its calls led there, whatever became of it.
    func numbers(of sighting: CallSighting) -> Set<String> {
        let dialled = sighting.isCaller && HouseCall(sighting.remoteNumber) != nil
        let own: Set<String> = dialled ? [sighting.remoteNumber] : []
        return links.calls(of: sighting).reduce(into: own) { $0.formUnion(numbers[$1] ?? []) }
    }

    func wasAt(_ place: HouseCall, _ sighting: CallSighting) -> Bool {
        numbers(of: sighting).contains { HouseCall($0) == place }
    }

    /// Parties that were sent there, and were there: since when, at the earliest.
    func sentParties(
        in evidence: Evidence
    ) -> [(party: CallSighting, number: String, since: Instant)] {
        var parties: [CallID: [CallSighting]] = [:]
        for sighting in evidence.sightings where sighting.outcome == .talked {
            for call in links.calls(of: sighting) { parties[call, default: []].append(sighting) }
        }
        return evidence.sightings.flatMap {
            sender -> [(party: CallSighting, number: String, since: Instant)] in
            guard let number = sender.sentTo, let since = sender.sentAt, HouseCall(number) != nil
            else { return [] }
            return links.calls(of: sender).sorted().flatMap { parties[$0] ?? [] }.compactMap {
                let isOther = $0.phone != sender.phone && $0.begun < since && $0.ended > since
                return isOther ? ($0, number, since) : nil
            }
        }
    }
}
