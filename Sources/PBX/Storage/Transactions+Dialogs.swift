import GRDB
import Platform

/// What a start found of the run before, when that did not end in order.
public struct AbandonedCalls: Sendable, Equatable {
    /// How many records were closed with ``EndReason/exchangeRestarted``.
    public var closedCount: Int
    /// Dialogs whose far end may still believe in the call: each gets a BYE, with a CSeq above
    /// ``DialogRecord/localCSeq``, and is then removed.
    public var dialogs: [DialogRecord]

    public init(closedCount: Int, dialogs: [DialogRecord]) {
        self.closedCount = closedCount
        self.dialogs = dialogs
    }
}

extension StoreTransaction where Value == Void {
    /// Keeps answered dialogs, so that they get a BYE even when we crash.
    public static func saveDialogs(_ dialogs: [DialogRecord]) -> StoreTransaction {
        StoreTransaction("dialogs.save") { database in
            for dialog in dialogs { try database.save(dialog) }
        }
    }

    /// Forgets dialogs that ended.
    public static func removeDialogs(domain: Domain, legs: [LegID]) -> StoreTransaction {
        StoreTransaction("dialogs.remove") { database in
            for legID in legs {
                try database.run(
                    "DELETE FROM dialog WHERE domain = ? AND leg_id = ?",
                    [domain.name, legID.description])
            }
        }
    }
}

/// Starts that give a persisted dialog a BYE; after that it is forgotten. More would bother a far
/// end that never answers.
private let dialogAttemptLimit = 3

/// Requests of a dialog that may have gone out unrecorded (re-INVITE, INFO): a BYE must take a
/// higher CSeq than all of them (RFC 3261 §12.2.1.1).
private let unrecordedRequestLimit = 1000

extension StoreTransaction where Value == AbandonedCalls {
    /// Closes what the run before left open; called once, at the start, before any new call.
    ///
    /// A record ends at the last sign of life in the store, not at the restart: the exchange may
    /// have been down for hours.
    public static func closeAbandonedCalls(domain: Domain, at now: WallTime) -> StoreTransaction {
        StoreTransaction("calls.closeAbandoned") { database in
            let end = try database.lastSignOfLife(domain: domain, before: now)
            let reason = EndReason.exchangeRestarted.rawValue
            let open = try database.values(
                "SELECT * FROM call INDEXED BY call_open WHERE domain = ? AND ended_at IS NULL",
                [domain.name], CallRecord.init(row:))
            for call in open {
                let endedAt = max(end, call.answeredAt ?? call.startedAt)
                try database.append(
                    CallEventRecord(
                        domain: domain, callID: call.callID, linkedID: call.linkedID, at: endedAt,
                        kind: .ended, detail: EndReason.exchangeRestarted.words))
            }
            for table in ["call", "call_leg"] {
                try database.run(
                    """
                    UPDATE \(table) INDEXED BY \(table)_open
                    SET ended_at = max(?, coalesce(answered_at, started_at)), end_reason = ?
                    WHERE domain = ? AND ended_at IS NULL
                    """, [end.microseconds, reason, domain.name])
            }
            try database.run(
                "DELETE FROM dialog WHERE domain = ? AND attempts >= ?",
                [domain.name, dialogAttemptLimit])
            try database.run(
                """
                UPDATE dialog SET attempts = attempts + 1,
                    local_cseq = min(local_cseq + ?, 2147483000)
                WHERE domain = ?
                """, [unrecordedRequestLimit, domain.name])
            let dialogs = try database.values(
                "SELECT * FROM dialog WHERE domain = ? ORDER BY leg_id", [domain.name],
                DialogRecord.init(row:))
            return AbandonedCalls(closedCount: open.count, dialogs: dialogs)
        }
    }
}

extension Database {
    fileprivate func lastSignOfLife(domain: Domain, before now: WallTime) throws -> WallTime {
        let queries = [
            """
            SELECT at FROM call_event NOT INDEXED WHERE domain = ? ORDER BY event_id DESC LIMIT 1
            """,
            """
            SELECT max(started_at) FROM call INDEXED BY call_open
            WHERE domain = ? AND ended_at IS NULL
            """,
            "SELECT max(registered_at) FROM binding WHERE domain = ?",
        ]
        var latest = WallTime(microseconds: 0)
        for query in queries {
            let found = try Int64.fetchOne(
                cachedStatement(sql: query), arguments: [domain.name])
            if let found { latest = max(latest, WallTime(microseconds: found)) }
        }
        return min(latest, now)
    }

    fileprivate func save(_ dialog: DialogRecord) throws {
        try run(
            """
            INSERT OR REPLACE INTO dialog (domain, leg_id, call_id, sip_call_id, local_tag,
                remote_tag, local_uri, remote_uri, remote_target, route_set, transport, listener,
                local, remote, connection, local_cseq)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                dialog.domain.name, dialog.legID.description, dialog.callID.description,
                dialog.sipCallID, dialog.localTag, dialog.remoteTag, dialog.localURI,
                dialog.remoteURI, dialog.remoteTarget, lines(dialog.routeSet),
                dialog.flow.transport.rawValue, Int64(dialog.flow.listener), dialog.flow.local,
                dialog.flow.remote, Int64(bitPattern: dialog.flow.connection),
                Int64(dialog.localCSeq),
            ])
    }
}

extension DialogRecord {
    init(row: Row) throws {
        let row = ReadRow(row, of: "dialog")
        self.init(
            domain: try row.parsed("domain", Domain.init),
            callID: try row.parsed("call_id", CallID.init),
            legID: try row.parsed("leg_id", LegID.init),
            sipCallID: try row.value("sip_call_id"),
            localTag: try row.value("local_tag"),
            remoteTag: try row.value("remote_tag"),
            localURI: try row.value("local_uri"),
            remoteURI: try row.value("remote_uri"),
            remoteTarget: try row.value("remote_target"),
            routeSet: try row.lines("route_set"),
            flow: try row.flow(),
            localCSeq: try row.value("local_cseq"))
    }
}
