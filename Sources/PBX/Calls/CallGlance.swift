import Platform

/// A call as the exchange keeps it for lists: told at each step, and turned into text only where
/// somebody reads.
public struct CallGlance: Sendable {
    let callID: CallID
    private let caller: String
    private let callerName: String?
    private let callee: String
    private let phase: CallPhase
    private let startedAt: WallTime
    private let answeredAt: WallTime?
    private let legs: [LegGlance]

    init(_ record: CallRecord, phase: CallPhase, legs: [LegGlance]) {
        callID = record.callID
        caller = record.caller.text
        callerName = record.callerName
        callee = record.callee.text
        self.phase = phase
        startedAt = record.startedAt
        answeredAt = record.answeredAt
        self.legs = legs
    }

    var listing: CallListing {
        CallListing(
            callID: callID, caller: caller, callerName: callerName, callee: callee,
            phase: phase.rawValue, startedAt: startedAt, answeredAt: answeredAt,
            legs: legs.map(\.listing))
    }
}

/// A leg of a ``CallGlance``.
struct LegGlance: Sendable {
    private let legID: LegID
    private let role: LegRole
    private let number: String
    private let phase: String
    private let contact: String?
    private let codec: String?

    init(_ leg: Shared<Leg>) {
        legID = leg.legID
        role = leg.record.role
        number = leg.record.party.text
        phase = leg.record.answeredAt == nil ? "ringing" : leg.isHolding ? "held" : "answered"
        contact = leg.record.contact
        codec = leg.record.codec
    }

    var listing: CallListing.Leg {
        CallListing.Leg(
            legID: legID, role: role, number: number, phase: phase, contact: contact,
            codec: codec)
    }
}
