import Foundation
import GRDB
import Platform

extension StoreTransaction where Value == Directory {
    /// All of a domain's directory: one query a table, however many extensions there are.
    public static func loadDirectory(domain: Domain) -> StoreTransaction {
        StoreTransaction("directory.load") { database in
            let revision =
                try Int64.fetchOne(
                    database, sql: "SELECT max(number) FROM revision WHERE domain = ?",
                    arguments: [domain.name]) ?? 0
            var directory = Directory(domain: domain, revision: revision)
            for kind in ConfigurationTable.allCases {
                for record in try kind.records(in: database, domain: domain) {
                    directory.apply(record)
                }
            }
            return directory
        }
    }
}

/// The tables that configuration is made of, parents before children.
enum ConfigurationTable: String, CaseIterable {
    case person, group, extensions, device, number, trunk, rule

    var name: String {
        switch self {
        case .person: "person"
        case .group: "extension_group"
        case .extensions: "extension"
        case .device: "device"
        case .number: "number"
        case .trunk: "trunk"
        case .rule: "outbound_rule"
        }
    }

    var key: String {
        switch self {
        case .person: "person_id"
        case .group: "group_id"
        case .extensions: "extension_id"
        case .device: "device_id"
        case .number: "number_id"
        case .trunk: "trunk_id"
        case .rule: "rule_id"
        }
    }

    /// The columns behind the key, in the order that `record` reads and `arguments` gives.
    private var columns: String {
        switch self {
        case .person: "name, email, pin_hash, must_change_pin"
        case .group: "name"
        case .extensions: "number, person_id, group_id, ringing_seconds"
        case .device:
            "extension_id, name, auth_name, realm, ha1_md5, ha1_sha256, instance_id, policy"
        case .number: "extension_id, use, text, type, e164"
        case .trunk: "name, settings, password"
        case .rule: "prefix, strip, prepend, trunks"
        }
    }

    /// Every row of a domain as the change that sets it.
    func records(in database: Database, domain: Domain) throws -> [ConfigurationChange] {
        var policies = PolicyTexts()
        return try database.values(
            "SELECT \(key), \(columns) FROM \(name) WHERE domain = ? ORDER BY \(key)",
            [domain.name]
        ) { try record($0, domain: domain, policies: &policies) }
    }

    /// One row as the change that sets it; nil where there is none.
    func record(
        _ number: Int64, in database: Database, domain: Domain
    ) throws -> ConfigurationChange? {
        var policies = PolicyTexts()
        return try database.firstRow(
            "SELECT \(key), \(columns) FROM \(name) WHERE domain = ? AND \(key) = ?",
            [domain.name, number]
        ).map { try record($0, domain: domain, policies: &policies) }
    }

    /// Inserts or replaces one row.
    func write(
        _ number: Int64, _ arguments: StatementArguments, in database: Database, domain: Domain
    ) throws {
        let names = columns.split(separator: ", ")
        let marks = String(repeating: ", ?", count: names.count)
        let updates = names.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        try database.run(
            """
            INSERT INTO \(name) (\(key), domain, \(columns)) VALUES (?, ?\(marks))
            ON CONFLICT (\(key)) DO UPDATE SET \(updates)
            """, [number, domain.name] + arguments)
    }

    func remove(_ number: Int64, in database: Database, domain: Domain) throws {
        try database.run(
            "DELETE FROM \(name) WHERE domain = ? AND \(key) = ?", [domain.name, number])
    }

    /// A number that no row had or will have, but the one that is written next.
    func nextNumber(in database: Database) throws -> Int64 {
        let last = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT seq FROM sqlite_sequence WHERE name = ?"),
            arguments: [name])
        return (last ?? 0) + 1
    }

    // By position: ten thousand extensions are read at every start, and names cost a search each.
    private func record(
        _ row: Row, domain: Domain, policies: inout PolicyTexts
    ) throws -> ConfigurationChange {
        switch self {
        case .person:
            return .setPerson(
                PersonRecord(
                    personID: PersonID(number: row[0]), domain: domain, name: row[1],
                    email: row[2], pinHash: row[3], mustChangePIN: row[4]))
        case .group:
            return .setGroup(
                GroupRecord(groupID: GroupID(number: row[0]), domain: domain, name: row[1]))
        case .extensions:
            guard let number = ExtensionNumber(row[1]) else {
                throw UnreadableRow(table: name, column: "number")
            }
            return .setExtension(
                ExtensionRecord(
                    extensionID: ExtensionID(number: row[0]), domain: domain, number: number,
                    personID: PersonID(number: row[2]),
                    groupID: (row[3] as Int64?).map(GroupID.init(number:)),
                    ringingSeconds: row[4]))
        case .device:
            return .setDevice(
                DeviceRecord(
                    deviceID: DeviceID(number: row[0]), domain: domain,
                    extensionID: ExtensionID(number: row[1]), name: row[2],
                    secret: DeviceSecret(
                        authName: row[3], realm: row[4], md5: row[5], sha256: row[6]),
                    instanceID: row[7], policy: try policies.policy(row[8])))
        case .number:
            guard let use = NumberUse(rawValue: row[2]), let type = NumberType(rawValue: row[4])
            else { throw UnreadableRow(table: name, column: "type") }
            return .setNumber(
                NumberRecord(
                    numberID: NumberID(number: row[0]), domain: domain,
                    extensionID: ExtensionID(number: row[1]), use: use,
                    form: NumberForm(text: row[3], type: type, e164: row[5])))
        case .trunk:
            guard let settings = try? JSONText.decode(TrunkSettings.self, from: row[2]) else {
                throw UnreadableRow(table: name, column: "settings")
            }
            return .setTrunk(
                TrunkRecord(
                    trunkID: TrunkID(number: row[0]), domain: domain, name: row[1],
                    settings: settings,
                    password: (row[3] as String?).map { TrunkPassword($0) }))
        case .rule:
            let trunks = (row[4] as String).split(separator: ",").compactMap { Int64($0) }
            return .setRule(
                OutboundRuleRecord(
                    ruleID: OutboundRuleID(number: row[0]), domain: domain, prefix: row[1],
                    strip: row[2], prepend: row[3], trunks: trunks.map(TrunkID.init(number:))))
        }
    }
}

/// Device policies as JSON text. Few differ, so that each text is read once; NULL is the usual one.
struct PolicyTexts {
    private var read: [String: DevicePolicy] = [:]

    mutating func policy(_ text: String?) throws -> DevicePolicy {
        guard let text else { return .usual }
        if let known = read[text] { return known }
        guard let policy = try? JSONDecoder().decode(DevicePolicy.self, from: Data(text.utf8))
        else { throw UnreadableRow(table: "device", column: "policy") }
        read[text] = policy
        return policy
    }

    static func text(_ policy: DevicePolicy) throws -> String? {
        policy == .usual ? nil : try JSONText.encode(policy)
    }
}

/// JSON with its keys in order: equal values give equal texts.
enum JSONText {
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
