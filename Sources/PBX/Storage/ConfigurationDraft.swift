import GRDB
import Platform

/// A revision in the making: reads what is there, sets and removes rows, and remembers how to take
/// each step back. Lives inside one transaction; where the body throws, nothing was changed.
public struct ConfigurationDraft: ~Copyable {
    let domain: Domain
    private let database: Database
    private(set) var forward: [ConfigurationChange] = []
    /// What takes each step back, in the order of the steps.
    private var backward: [ConfigurationChange] = []
    private var nextNumbers: [ConfigurationTable: Int64] = [:]

    init(domain: Domain, database: Database) {
        self.domain = domain
        self.database = database
    }

    /// What takes the whole back: the last step first.
    var inverse: [ConfigurationChange] { backward.reversed() }

    /// A number for a new row, never used before.
    mutating func newNumber(_ table: ConfigurationTable) throws -> Int64 {
        let next = try nextNumbers[table] ?? table.nextNumber(in: database)
        nextNumbers[table] = next + 1
        return next
    }

    func extensionRecord(_ number: ExtensionNumber) throws -> ExtensionRecord? {
        let found = try Int64.fetchOne(
            database.cachedStatement(
                sql: "SELECT extension_id FROM extension WHERE domain = ? AND number = ?"),
            arguments: [domain.name, number.digits])
        guard let found,
            case .setExtension(let record) = try current(.extensions, found)
        else { return nil }
        return record
    }

    func group(named name: String) throws -> GroupRecord? {
        let found = try Int64.fetchOne(
            database.cachedStatement(
                sql: "SELECT group_id FROM extension_group WHERE domain = ? AND name = ?"),
            arguments: [domain.name, name])
        guard let found, case .setGroup(let record) = try current(.group, found) else {
            return nil
        }
        return record
    }

    func isTaken(authName: String) throws -> Bool {
        try database.firstRow(
            "SELECT 1 FROM device WHERE domain = ? AND auth_name = ?", [domain.name, authName])
            != nil
    }

    func trunk(named name: String) throws -> TrunkRecord? {
        let found = try Int64.fetchOne(
            database.cachedStatement(
                sql: "SELECT trunk_id FROM trunk WHERE domain = ? AND name = ?"),
            arguments: [domain.name, name])
        guard let found, case .setTrunk(let record) = try current(.trunk, found) else {
            return nil
        }
        return record
    }

    func rules() throws -> [OutboundRuleRecord] {
        try ConfigurationTable.rule.records(in: database, domain: domain).compactMap { change in
            if case .setRule(let record) = change { record } else { nil }
        }
    }

    /// Devices and numbers that hang on an extension, as the changes that remove them.
    func removals(under extensionID: ExtensionID) throws -> [ConfigurationChange] {
        func rows(_ table: ConfigurationTable) throws -> [Int64] {
            try database.values(
                "SELECT \(table.key) FROM \(table.name) WHERE domain = ? AND extension_id = ?",
                [domain.name, extensionID.number]
            ) { $0[0] }
        }
        return try rows(.number).map { .removeNumber(NumberID(number: $0)) }
            + rows(.device).map { .removeDevice(DeviceID(number: $0)) }
    }

    /// The devices of an extension, the first one first.
    func devices(of extensionID: ExtensionID) throws -> [DeviceRecord] {
        try removals(under: extensionID).compactMap { removal in
            guard case .removeDevice = removal, case .setDevice(let device) = try current(removal)
            else { return nil }
            return device
        }
    }

    /// How many extensions a person has.
    func extensionCount(of personID: PersonID) throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(
                sql: "SELECT count(*) FROM extension WHERE domain = ? AND person_id = ?"),
            arguments: [domain.name, personID.number]) ?? 0
    }

    /// The row that a change is about, as it stands now.
    func current(_ change: ConfigurationChange) throws -> ConfigurationChange? {
        try current(change.table, change.number)
    }

    /// Performs one change. A change that changes nothing is left out of the revision.
    mutating func apply(_ change: ConfigurationChange) throws {
        let before = try current(change)
        guard before != (change.isRemoval ? nil : change) else { return }
        if change.isRemoval {
            try change.table.remove(change.number, in: database, domain: domain)
        } else {
            try change.table.write(
                change.number, try change.arguments(), in: database, domain: domain)
        }
        forward.append(change)
        backward.append(before ?? change.removal)
    }

    private func current(
        _ table: ConfigurationTable, _ number: Int64
    ) throws -> ConfigurationChange? {
        try table.record(number, in: database, domain: domain)
    }
}

extension ConfigurationChange {
    var table: ConfigurationTable {
        switch self {
        case .setPerson, .removePerson: .person
        case .setGroup, .removeGroup: .group
        case .setExtension, .removeExtension: .extensions
        case .setDevice, .removeDevice: .device
        case .setNumber, .removeNumber: .number
        case .setTrunk, .removeTrunk: .trunk
        case .setRule, .removeRule: .rule
        }
    }

    /// The key of the row that is set or removed.
    var number: Int64 {
        switch self {
        case .setPerson(let record): record.personID.number
        case .removePerson(let personID): personID.number
        case .setGroup(let record): record.groupID.number
        case .removeGroup(let groupID): groupID.number
        case .setExtension(let record): record.extensionID.number
        case .removeExtension(let extensionID): extensionID.number
        case .setDevice(let record): record.deviceID.number
        case .removeDevice(let deviceID): deviceID.number
        case .setNumber(let record): record.numberID.number
        case .removeNumber(let numberID): numberID.number
        case .setTrunk(let record): record.trunkID.number
        case .removeTrunk(let trunkID): trunkID.number
        case .setRule(let record): record.ruleID.number
        case .removeRule(let ruleID): ruleID.number
        }
    }

    var isRemoval: Bool { self == removal }

    /// The change that removes the same row.
    var removal: ConfigurationChange {
        switch table {
        case .person: .removePerson(PersonID(number: number))
        case .group: .removeGroup(GroupID(number: number))
        case .extensions: .removeExtension(ExtensionID(number: number))
        case .device: .removeDevice(DeviceID(number: number))
        case .number: .removeNumber(NumberID(number: number))
        case .trunk: .removeTrunk(TrunkID(number: number))
        case .rule: .removeRule(OutboundRuleID(number: number))
        }
    }

    /// The columns behind the key, in the table's order.
    fileprivate func arguments() throws -> StatementArguments {
        switch self {
        case .setPerson(let person):
            [person.name, person.email, person.pinHash, person.mustChangePIN]
        case .setGroup(let group):
            [group.name]
        case .setExtension(let record):
            [
                record.number.digits, record.personID.number, record.groupID?.number,
                record.ringingSeconds,
            ]
        case .setDevice(let device):
            [
                device.extensionID.number, device.name, device.secret.authName,
                device.secret.realm, device.secret.md5, device.secret.sha256, device.instanceID,
                try PolicyTexts.text(device.policy),
            ]
        case .setNumber(let number):
            [
                number.extensionID.number, number.use.rawValue, number.form.text,
                number.form.type.rawValue, number.form.e164,
            ]
        case .setTrunk(let trunk):
            [trunk.name, try JSONText.encode(trunk.settings), trunk.password?.text]
        case .setRule(let rule):
            [
                rule.prefix, rule.strip, rule.prepend,
                rule.trunks.map(\.description).joined(separator: ","),
            ]
        case .removePerson, .removeGroup, .removeExtension, .removeDevice, .removeNumber,
            .removeTrunk, .removeRule:
            []
        }
    }
}
