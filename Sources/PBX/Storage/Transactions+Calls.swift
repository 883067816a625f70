import GRDB
import Platform

/// A call as it ends: what its record, its legs and its history get in one step.
public struct CallClosing: Sendable, Equatable {
    public var domain: Domain
    public var callID: CallID
    public var at: WallTime
    public var reason: EndReason
    public var answeredAt: WallTime?
    /// Legs with their final figures. Legs that are open in the store and not named here are closed
    /// with the call's reason.
    public var legs: [CallLegRecord]
    public var events: [CallEventRecord]

    public init(
        domain: Domain, callID: CallID, at: WallTime, reason: EndReason,
        answeredAt: WallTime? = nil, legs: [CallLegRecord] = [], events: [CallEventRecord] = []
    ) {
        self.domain = domain
        self.callID = callID
        self.at = at
        self.reason = reason
        self.answeredAt = answeredAt
        self.legs = legs
        self.events = events
    }
}

extension StoreTransaction where Value == Void {
    /// Writes the record of a call that begins. A call that stands already is left as it is.
    public static func openCall(
        _ call: CallRecord, legs: [CallLegRecord] = [], events: [CallEventRecord] = []
    ) -> StoreTransaction {
        StoreTransaction("call.open") { database in
            try database.insert(call)
            for leg in legs { try database.save(leg) }
            for event in events { try database.append(event) }
        }
    }

    /// Notes the first answer; later ones change nothing.
    public static func answerCall(
        _ callID: CallID, domain: Domain, at: WallTime, calleeExtensionID: ExtensionID? = nil
    ) -> StoreTransaction {
        StoreTransaction("call.answer") { database in
            try database.run(
                """
                UPDATE call SET answered_at = ?,
                    callee_extension_id = coalesce(?, callee_extension_id)
                WHERE domain = ? AND call_id = ? AND answered_at IS NULL AND ended_at IS NULL
                """,
                [
                    at.microseconds, calleeExtensionID?.number, domain.name, callID.description,
                ])
        }
    }

    /// Adds legs, or brings those that are still open up to date. An ended leg stays as it ended.
    public static func addLegs(_ legs: [CallLegRecord]) -> StoreTransaction {
        StoreTransaction("call.legs") { database in
            for leg in legs { try database.save(leg) }
        }
    }

    /// What a leg's media came to: known a moment after the leg's end, when its ports are closed.
    public static func measureLeg(
        _ legID: LegID, domain: Domain, media: MediaTotals
    ) -> StoreTransaction {
        StoreTransaction("call.measure") { database in
            try database.run(
                """
                UPDATE call_leg SET packets_received = ?, packets_sent = ?, bytes_received = ?,
                    bytes_sent = ?, packets_lost = ?, strangers_dropped = ?, jitter = ?,
                    round_trip = ?, score = ?, party_score = ?
                WHERE domain = ? AND leg_id = ?
                """,
                [
                    media.packetsReceived, media.packetsSent, media.bytesReceived,
                    media.bytesSent, media.packetsLost, media.strangersDropped, media.jitter,
                    media.roundTrip, media.score, media.partyScore, domain.name,
                    legID.description,
                ])
        }
    }

    /// The last that is written of a leg: how it ended, and what its media came to. Whatever the end
    /// of its call wrote before was less exact.
    public static func finishLeg(_ leg: CallLegRecord) -> StoreTransaction {
        StoreTransaction("call.finishLeg") { database in
            try database.run(
                """
                UPDATE call_leg SET contact = ?, answered_at = ?, ended_at = ?, end_reason = ?,
                    status = ?, codec = ?, packets_received = ?, packets_sent = ?,
                    bytes_received = ?, bytes_sent = ?, packets_lost = ?, strangers_dropped = ?,
                    jitter = ?, round_trip = ?, score = ?, party_score = ?
                WHERE domain = ? AND leg_id = ?
                """,
                [
                    leg.contact, leg.answeredAt?.microseconds, leg.endedAt?.microseconds,
                    leg.endReason?.rawValue, leg.status, leg.codec, leg.media.packetsReceived,
                    leg.media.packetsSent, leg.media.bytesReceived, leg.media.bytesSent,
                    leg.media.packetsLost, leg.media.strangersDropped, leg.media.jitter,
                    leg.media.roundTrip, leg.media.score, leg.media.partyScore, leg.domain.name,
                    leg.legID.description,
                ])
        }
    }

    public static func appendEvents(_ events: [CallEventRecord]) -> StoreTransaction {
        StoreTransaction("call.events") { database in
            for event in events { try database.append(event) }
        }
    }
}

extension StoreTransaction where Value == Bool {
    /// Closes a call, once: true where this closed it, false where it was closed before (then
    /// nothing is written) or never opened. Its dialogs need no BYE any more and are forgotten.
    public static func closeCall(_ closing: CallClosing) -> StoreTransaction {
        StoreTransaction("call.close") { database in
            try database.run(
                """
                UPDATE call SET ended_at = ?, end_reason = ?,
                    answered_at = coalesce(answered_at, ?)
                WHERE domain = ? AND call_id = ? AND ended_at IS NULL
                """,
                [
                    closing.at.microseconds, closing.reason.rawValue,
                    closing.answeredAt?.microseconds, closing.domain.name,
                    closing.callID.description,
                ])
            guard database.changesCount == 1 else { return false }
            for leg in closing.legs { try database.save(leg) }
            try database.run(
                """
                UPDATE call_leg INDEXED BY call_leg_by_call SET ended_at = ?, end_reason = ?
                WHERE domain = ? AND call_id = ? AND ended_at IS NULL
                """,
                [
                    closing.at.microseconds, closing.reason.rawValue, closing.domain.name,
                    closing.callID.description,
                ])
            for event in closing.events { try database.append(event) }
            try database.run(
                "DELETE FROM dialog WHERE domain = ? AND call_id = ?",
                [closing.domain.name, closing.callID.description])
            return true
        }
    }
}

extension StoreTransaction where Value == [CallRecord] {
    /// The latest calls, newest first; finished ones only, or the open ones too.
    public static func recentCalls(
        domain: Domain, limit: Int, finishedOnly: Bool = true
    ) -> StoreTransaction {
        StoreTransaction("call.recent") { database in
            try database.values(
                """
                SELECT * FROM call WHERE domain = ? AND (ended_at IS NOT NULL OR NOT ?)
                ORDER BY call_id DESC LIMIT ?
                """,
                [domain.name, finishedOnly, limit], CallRecord.init(row:))
        }
    }
}

extension StoreTransaction where Value == [CallLegRecord] {
    /// The latest legs, newest first.
    public static func recentLegs(domain: Domain, limit: Int) -> StoreTransaction {
        StoreTransaction("call.recentLegs") { database in
            try database.values(
                "SELECT * FROM call_leg WHERE domain = ? ORDER BY leg_id DESC LIMIT ?",
                [domain.name, limit], CallLegRecord.init(row:))
        }
    }
}

/// A call's record with all that hangs on it.
public struct CallHistory: Sendable, Equatable {
    public var call: CallRecord
    public var legs: [CallLegRecord]
    public var events: [CallEventRecord]

    public init(call: CallRecord, legs: [CallLegRecord], events: [CallEventRecord]) {
        self.call = call
        self.legs = legs
        self.events = events
    }
}

extension StoreTransaction where Value == CallHistory? {
    /// One call with its legs, and the events of all calls that are linked with it, in order.
    public static func callHistory(_ callID: CallID, domain: Domain) -> StoreTransaction {
        StoreTransaction("call.history") { database in
            let calls = try database.values(
                "SELECT * FROM call WHERE domain = ? AND call_id = ?",
                [domain.name, callID.description], CallRecord.init(row:))
            guard let call = calls.first else { return nil }
            let legs = try database.values(
                """
                SELECT * FROM call_leg INDEXED BY call_leg_by_call
                WHERE domain = ? AND call_id = ? ORDER BY leg_id
                """,
                [domain.name, callID.description], CallLegRecord.init(row:))
            let events = try database.values(
                "SELECT * FROM call_event WHERE domain = ? AND linked_id = ? ORDER BY event_id",
                [domain.name, call.linkedID.description], CallEventRecord.init(row:))
            return CallHistory(call: call, legs: legs, events: events)
        }
    }
}
