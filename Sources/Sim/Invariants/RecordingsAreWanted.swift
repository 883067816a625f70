import PBX
import Platform

/// A call is recorded where somebody wants it: from its answer to its end where a policy says so, and
/// else between the presses of the people in it. Nobody is heard in a file who was not in its call.
///
/// Early media is no call yet: where nobody answers, nothing is kept.
struct RecordingsAreWanted: Invariant {
    var claim: String { "what is recorded is what somebody wanted recorded" }

    func breaches(in evidence: Evidence) -> [String] {
        // The records say what a file is of, and some went down with the exchange.
        guard !evidence.outages.contains(where: { [.storage, .exchangeDown].contains($0.kind) })
        else { return [] }
        let links = evidence.links
        let isQuiet = evidence.sound == .off
        let files = Dictionary(
            grouping: evidence.recordings.keys.filter { !$0.contains("-conference-") },
            by: { String($0.prefix(26)) })
        var sightings: [CallID: [CallSighting]] = [:]
        for sighting in evidence.sightings {
            for call in links.calls(of: sighting) { sightings[call, default: []].append(sighting) }
        }
        let wanted = evidence.callsRecordedByPolicy
        let withReferrals = evidence.callsWithReferrals
        let known = Set(evidence.records.map(\.callID.description))
        let strays = files.keys.filter { !known.contains($0) }.sorted()
        return strays.map { "no call is known that \(files[$0] ?? []) were recorded of" }
            + evidence.records.sorted { $0.callID < $1.callID }.flatMap { record in
                let own = sightings[record.callID] ?? []
                let call = RecordedCall(
                    record: record, files: files[record.callID.description] ?? [],
                    contents: evidence.recordings, sightings: own,
                    wasCutOff: own.contains { evidence.isExcused($0) },
                    isPlain: !withReferrals.contains(record.callID) && !evidence.hasJumpedClock
                        && own.allSatisfy { links.calls(of: $0).count == 1 },
                    isLate: links.legs(of: record.callID).contains {
                        $0.sipCallID.map(evidence.repeatedAnswers.contains) ?? false
                    })
                return call.strangers() + (isQuiet ? [] : call.missing())
                    + (wanted.contains(record.callID)
                        ? call.breachesOfPolicy()
                        : call.breachesOfPresses(
                            mayBeMisread: evidence.mayBeMisread, evidence.wallTime))
            }
    }
}
