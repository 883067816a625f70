import GRDB
import Platform

extension Database {
    func insert(_ call: CallRecord) throws {
        try run(
            """
            INSERT INTO call (domain, call_id, linked_id, kind, caller, caller_type, caller_e164,
                caller_name, caller_extension_id, callee, callee_type, callee_e164,
                callee_extension_id, started_at, answered_at, ended_at, end_reason)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """,
            [
                call.domain.name, call.callID.description, call.linkedID.description,
                call.kind.rawValue, call.caller.text, call.caller.type.rawValue, call.caller.e164,
                call.callerName, call.callerExtensionID?.number, call.callee.text,
                call.callee.type.rawValue, call.callee.e164, call.calleeExtensionID?.number,
                call.startedAt.microseconds, call.answeredAt?.microseconds,
                call.endedAt?.microseconds, call.endReason?.rawValue,
            ])
    }

    func save(_ leg: CallLegRecord) throws {
        try run(
            """
            INSERT INTO call_leg (domain, leg_id, call_id, role, party, party_type, party_e164,
                extension_id, device_id, contact, sip_call_id, started_at, answered_at, ended_at,
                end_reason, status, codec, packets_received, packets_sent, bytes_received,
                bytes_sent, packets_lost, strangers_dropped, jitter, round_trip, score,
                party_score)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET call_id = excluded.call_id, role = excluded.role,
                party = excluded.party, party_type = excluded.party_type,
                party_e164 = excluded.party_e164, extension_id = excluded.extension_id,
                device_id = excluded.device_id, contact = excluded.contact,
                sip_call_id = excluded.sip_call_id, answered_at = excluded.answered_at,
                ended_at = excluded.ended_at, end_reason = excluded.end_reason,
                status = excluded.status, codec = excluded.codec,
                packets_received = excluded.packets_received,
                packets_sent = excluded.packets_sent, bytes_received = excluded.bytes_received,
                bytes_sent = excluded.bytes_sent, packets_lost = excluded.packets_lost,
                strangers_dropped = excluded.strangers_dropped, jitter = excluded.jitter,
                round_trip = excluded.round_trip, score = excluded.score,
                party_score = excluded.party_score
            WHERE ended_at IS NULL
            """,
            [
                leg.domain.name, leg.legID.description, leg.callID.description, leg.role.rawValue,
                leg.party.text, leg.party.type.rawValue, leg.party.e164, leg.extensionID?.number,
                leg.deviceID?.number, leg.contact, leg.sipCallID, leg.startedAt.microseconds,
                leg.answeredAt?.microseconds, leg.endedAt?.microseconds, leg.endReason?.rawValue,
                leg.status, leg.codec, leg.media.packetsReceived, leg.media.packetsSent,
                leg.media.bytesReceived, leg.media.bytesSent, leg.media.packetsLost,
                leg.media.strangersDropped, leg.media.jitter, leg.media.roundTrip,
                leg.media.score, leg.media.partyScore,
            ])
    }

    func append(_ event: CallEventRecord) throws {
        try run(
            """
            INSERT INTO call_event (domain, call_id, linked_id, leg_id, at, kind, detail)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                event.domain.name, event.callID.description, event.linkedID.description,
                event.legID?.description, event.at.microseconds, event.kind.rawValue, event.detail,
            ])
    }
}

extension CallRecord {
    init(row: Row) throws {
        let row = ReadRow(row, of: "call")
        self.init(
            callID: try row.parsed("call_id", CallID.init),
            domain: try row.parsed("domain", Domain.init),
            linkedID: try row.parsed("linked_id", CallID.init),
            kind: try row.parsed("kind", CallKind.init(rawValue:)),
            caller: try row.number("caller"),
            callerName: try row.optional("caller_name"),
            callerExtensionID: try row.optional("caller_extension_id")
                .map(ExtensionID.init(number:)),
            callee: try row.number("callee"),
            calleeExtensionID: try row.optional("callee_extension_id")
                .map(ExtensionID.init(number:)),
            startedAt: try row.time("started_at"),
            answeredAt: try row.optionalTime("answered_at"),
            endedAt: try row.optionalTime("ended_at"),
            endReason: try row.parsedOptional("end_reason", EndReason.init(rawValue:)))
    }
}

extension CallLegRecord {
    init(row: Row) throws {
        let row = ReadRow(row, of: "call_leg")
        self.init(
            legID: try row.parsed("leg_id", LegID.init),
            domain: try row.parsed("domain", Domain.init),
            callID: try row.parsed("call_id", CallID.init),
            role: try row.parsed("role", LegRole.init(rawValue:)),
            party: try row.number("party"),
            extensionID: try row.optional("extension_id").map(ExtensionID.init(number:)),
            deviceID: try row.optional("device_id").map(DeviceID.init(number:)),
            contact: try row.optional("contact"),
            sipCallID: try row.optional("sip_call_id"),
            startedAt: try row.time("started_at"),
            answeredAt: try row.optionalTime("answered_at"),
            endedAt: try row.optionalTime("ended_at"),
            endReason: try row.parsedOptional("end_reason", EndReason.init(rawValue:)),
            status: try row.optional("status"),
            codec: try row.optional("codec"),
            media: MediaTotals(
                packetsReceived: try row.value("packets_received"),
                packetsSent: try row.value("packets_sent"),
                bytesReceived: try row.value("bytes_received"),
                bytesSent: try row.value("bytes_sent"),
                packetsLost: try row.value("packets_lost"),
                strangersDropped: try row.value("strangers_dropped"),
                jitter: try row.optional("jitter"), roundTrip: try row.optional("round_trip"),
                score: try row.optional("score"),
                partyScore: try row.optional("party_score")))
    }
}

extension CallEventRecord {
    init(row: Row) throws {
        let row = ReadRow(row, of: "call_event")
        self.init(
            domain: try row.parsed("domain", Domain.init),
            callID: try row.parsed("call_id", CallID.init),
            linkedID: try row.parsed("linked_id", CallID.init),
            legID: try row.parsedOptional("leg_id", LegID.init),
            at: try row.time("at"),
            kind: try row.parsed("kind", CallEventKind.init(rawValue:)),
            detail: try row.optional("detail"))
    }
}
