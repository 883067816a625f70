import PBX
import Platform

/// Where both parties' descriptions say that they can speak and hear, each hears the other within a
/// bounded time: from the answer on, and again after every hold.
struct BothPartiesHearEachOther: Invariant {
    var claim: String { "both parties of a call hear each other" }

    func breaches(in evidence: Evidence) -> [String] {
        if evidence.sound == .off { return [] }
        let links = evidence.links
        let losers = evidence.losers
        let parties = Dictionary(
            grouping: evidence.sightings.filter {
                $0.outcome == .talked && !$0.stretches.isEmpty && !losers.contains($0.sipCallID)
            },
            by: { links.call(of: $0) })
        var breaches: [String] = []
        for (call, parties) in parties {
            guard call != nil, let caller = parties.first(where: \.isCaller),
                let callee = parties.first(where: { !$0.isCaller }),
                !evidence.isExcused(caller), !evidence.isExcused(callee)
            else { continue }
            for (listener, speaker) in [(caller, callee), (callee, caller)]
            where Self.isDeaf(listener, to: speaker) {
                let number = evidence.numbers[listener.phone] ?? ""
                breaches.append(
                    "\(number) talked with \(listener.remoteNumber) and did not hear it within"
                        + " \(SoundStretch.bound.components.seconds) s (\(listener.sipCallID))")
            }
        }
        return breaches.sorted()
    }

    /// Whether there was a time for both in which one heard nothing.
    private static func isDeaf(_ listener: CallSighting, to speaker: CallSighting) -> Bool {
        listener.stretches.contains { own in
            speaker.stretches.contains { other in
                let since = max(own.since, other.since)
                let limit = since + SoundStretch.bound
                guard limit < min(own.until, other.until) else { return false }
                return own.heard.map { $0 > limit } ?? true
            }
        }
    }
}

extension Evidence {
    /// The SIP calls of legs that were rung and did not win.
    var losers: Set<String> {
        Set(legs.filter { $0.role == .callee && $0.answeredAt == nil }.compactMap(\.sipCallID))
    }
}
