import PBX
import Platform

/// Whom an administrator muted in a conference nobody hears there until that is ended, and the others
/// hear it again then.
struct WhoIsMutedIsNotHeard: Invariant {
    /// What was said before the order is still under way: jitter buffers, and the network's delays.
    private static let way = Duration.seconds(3)
    /// So long both are there before the one must have been heard again.
    private static let meeting = Duration.seconds(45)

    var claim: String { "nobody hears who is muted, and all hear it again" }

    func breaches(in evidence: Evidence) -> [String] {
        if evidence.sound == .off { return [] }
        let links = evidence.links
        let transferred = evidence.transferredCalls
        let parties = Dictionary(
            grouping: evidence.sightings.filter { sighting in
                // Whoever was sent on is heard elsewhere.
                sighting.isCaller && sighting.outcome == .talked && !sighting.hasAskedForTransfer
                    && links.calls(of: sighting).count == 1
            }, by: { links.call(of: $0) })
        return evidence.mutings.flatMap { muting -> [String] in
            guard !transferred.contains(muting.callID), let found = parties[muting.callID],
                let speaker = found.first, found.count == 1
            else { return [] }
            let name = evidence.numbers[speaker.phone] ?? "?"
            return evidence.sightings.filter { $0.phone != speaker.phone }.compactMap { listener in
                let other = evidence.numbers[listener.phone] ?? "?"
                if let second = Self.heard(speaker, by: listener, during: muting) {
                    return "\(other) heard \(name) at \(second) s, who was muted from"
                        + " \(muting.begun.secondsSinceStart) s on"
                }
                guard Self.isDeaf(listener, to: speaker, after: muting, evidence) else {
                    return nil
                }
                return "\(other) heard \(name) no more, who was unmuted"
            }
        }
    }

    private static func mark(_ sighting: CallSighting) -> SpeakerMark {
        SpeakerMark(phone: sighting.phone, call: sighting.call)
    }

    /// A second in which it was heard though it should not have been.
    private static func heard(
        _ speaker: CallSighting, by listener: CallSighting, during muting: Muting
    ) -> Int? {
        let from = (muting.begun + way).secondsSinceStart + 1
        let end = min(muting.ended ?? speaker.ended, speaker.ended).secondsSinceStart
        return listener.heardSeconds[mark(speaker)]?.first { from <= $0 && $0 < end }
    }

    /// It was there for long after that, and did not hear it.
    private static func isDeaf(
        _ listener: CallSighting, to speaker: CallSighting, after muting: Muting,
        _ evidence: Evidence
    ) -> Bool {
        guard let ended = muting.ended, listener.isCaller, listener.outcome == .talked,
            listener.remoteNumber == speaker.remoteNumber, !listener.hasAskedForTransfer,
            !evidence.isExcused(listener), !evidence.isExcused(speaker),
            let theirs = listener.bothWaysSince, let own = speaker.bothWaysSince,
            !evidence.mutings.contains(where: {
                $0.callID == muting.callID && $0.begun > muting.begun
            })
        else { return false }
        let together =
            min(listener.bothWaysUntil, speaker.bothWaysUntil) - max(theirs, own, ended)
        return together > meeting
            && listener.heardSeconds[mark(speaker)]?.last.map {
                $0 >= ended.secondsSinceStart
            } != true
    }
}
