import GRDB
import Platform

/// What the bindings table held at a start.
public struct StandingBindings: Sendable, Equatable {
    /// Still valid: their phones can be called.
    public var standing: [BindingRecord]
    /// Gone with the streams they hung on; removed from the table, kept here for the log.
    public var lost: [BindingRecord]

    public init(standing: [BindingRecord], lost: [BindingRecord]) {
        self.standing = standing
        self.lost = lost
    }
}

extension StoreTransaction where Value == Void {
    /// Adds bindings or replaces those with equal keys.
    public static func saveBindings(_ bindings: [BindingRecord]) -> StoreTransaction {
        StoreTransaction("bindings.save") { database in
            for binding in bindings { try database.save(binding) }
        }
    }

    public static func removeBindings(_ keys: [BindingKey]) -> StoreTransaction {
        StoreTransaction("bindings.remove") { database in
            for key in keys { try database.remove(key) }
        }
    }

    /// Both in one step: what one REGISTER changes.
    public static func changeBindings(
        save saved: [BindingRecord], remove removed: [BindingKey]
    ) -> StoreTransaction {
        StoreTransaction("bindings.change") { database in
            for key in removed { try database.remove(key) }
            for binding in saved { try database.save(binding) }
        }
    }
}

extension StoreTransaction where Value == StandingBindings {
    /// All bindings of a domain that outlived a restart; expired and stream-bound ones are removed.
    public static func loadBindings(domain: Domain, at now: WallTime) -> StoreTransaction {
        StoreTransaction("bindings.load") { database in
            try database.run(
                "DELETE FROM binding WHERE domain = ? AND expires <= ?",
                [domain.name, now.microseconds])
            let all = try database.values(
                "SELECT * FROM binding WHERE domain = ? ORDER BY extension_id, name",
                [domain.name], BindingRecord.init(row:))
            try database.run(
                "DELETE FROM binding WHERE domain = ? AND is_connection_bound", [domain.name])
            return StandingBindings(
                standing: all.filter { !$0.isConnectionBound },
                lost: all.filter(\.isConnectionBound))
        }
    }
}

extension StoreTransaction where Value == [BindingRecord] {
    /// The bindings of a domain as they stand; nothing is removed.
    public static func listBindings(domain: Domain) -> StoreTransaction {
        StoreTransaction("bindings.list") { database in
            try database.values(
                "SELECT * FROM binding WHERE domain = ? ORDER BY extension_id, name",
                [domain.name], BindingRecord.init(row:))
        }
    }
}

extension Database {
    fileprivate func save(_ binding: BindingRecord) throws {
        try run(
            """
            INSERT OR REPLACE INTO binding (domain, extension_id, name, device_id, contact, path,
                transport, listener, local, remote, connection, is_connection_bound, instance_id,
                reg_id, q, expires, sip_call_id, cseq, user_agent, registered_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                binding.domain.name, binding.extensionID.number, binding.key.name,
                binding.deviceID?.number, binding.contact, lines(binding.path),
                binding.flow.transport.rawValue, Int64(binding.flow.listener), binding.flow.local,
                binding.flow.remote, Int64(bitPattern: binding.flow.connection),
                binding.isConnectionBound, binding.instanceID, binding.regID.map { Int64($0) },
                binding.qThousandths, binding.expires.microseconds, binding.sipCallID,
                Int64(binding.cSeq), binding.userAgent, binding.registeredAt.microseconds,
            ])
    }

    fileprivate func remove(_ key: BindingKey) throws {
        try run(
            "DELETE FROM binding WHERE domain = ? AND extension_id = ? AND name = ?",
            [key.domain.name, key.extensionID.number, key.name])
    }
}

extension BindingRecord {
    init(row: Row) throws {
        let row = ReadRow(row, of: "binding")
        self.init(
            domain: try row.parsed("domain", Domain.init),
            extensionID: ExtensionID(number: try row.value("extension_id")),
            deviceID: try row.optional("device_id").map(DeviceID.init(number:)),
            contact: try row.value("contact"),
            path: try row.lines("path"),
            flow: try row.flow(),
            isConnectionBound: try row.value("is_connection_bound"),
            instanceID: try row.optional("instance_id"),
            regID: try row.optional("reg_id"),
            qThousandths: try row.value("q"),
            expires: try row.time("expires"),
            sipCallID: try row.value("sip_call_id"),
            cSeq: try row.value("cseq"),
            userAgent: try row.optional("user_agent"),
            registeredAt: try row.time("registered_at"))
    }
}
