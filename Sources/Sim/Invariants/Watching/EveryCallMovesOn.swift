import PBX
import Platform

/// A call stays no longer in a phase than that phase may last.
struct EveryCallMovesOn: StandingInvariant {
    static let claim = "every call moves on"

    private struct Stay: Sendable {
        var phase: String
        var since: Instant
    }

    private var stays: [CallID: Stay] = [:]

    mutating func findings(in glimpse: ExchangeGlimpse, outages: [Outage]) -> [Finding] {
        var findings: [Finding] = []
        var next: [CallID: Stay] = [:]
        for call in glimpse.calls {
            guard let callID = CallID(call.callID) else { continue }
            var stay = stays[callID] ?? Stay(phase: call.phase, since: glimpse.instant)
            if stay.phase != call.phase { stay = Stay(phase: call.phase, since: glimpse.instant) }
            next[callID] = stay
            guard let bound = Self.bound(of: call.phase), glimpse.instant - stay.since > bound
            else { continue }
            findings.append(
                Finding(
                    Self.claim,
                    "\(call.caller) to \(call.callee) is \(call.phase) for more than \(bound)"))
            next[callID]?.since = glimpse.instant
        }
        stays = next
        return findings
    }

    /// Nil where people decide.
    private static func bound(of phase: String) -> Duration? {
        switch phase {
        case "seeking": .seconds(15)
        // 60 s of ringing.
        case "ringing": .seconds(75)
        // Goodbyes: a CANCEL's 64·T1, and an answer's in the last moment.
        case "ending": .seconds(80)
        default: nil
        }
    }
}
