import GRDB
import Platform

/// A revision and what came with it.
struct Revised<Value: Sendable>: Sendable {
    var revision: Revision
    var value: Value
}

extension StoreTransaction where Value == Revised<[ExtensionCredentials]> {
    /// Makes extensions with person and device each, as one revision.
    ///
    /// - Parameter lines: where each stood in a file, for what is refused.
    static func addExtensions(
        _ extensions: [CheckedExtension], lines: [Int]? = nil, domain: Domain, note: RevisionNote
    ) -> StoreTransaction {
        StoreTransaction("extensions.add") { database in
            let (revision, credentials) = try database.makeRevision(domain: domain, note: note) {
                draft in
                var faults: [String] = []
                for (index, new) in extensions.enumerated()
                where try draft.extensionRecord(new.number) != nil {
                    let place = lines.map { "line \($0[index]): " } ?? ""
                    faults.append(place + ConfigurationError.numberTaken(new.number).description)
                }
                if !faults.isEmpty {
                    throw ConfigurationError.clashes(ImportedExtensions.shortened(faults))
                }
                return try extensions.map { try draft.add($0) }
            }
            return Revised(revision: revision, value: credentials)
        }
    }
}

extension StoreTransaction where Value == Revised<ExtensionCredentials?> {
    static func changeExtension(
        _ number: ExtensionNumber, _ edit: CheckedEdit, domain: Domain, note: RevisionNote
    ) -> StoreTransaction {
        StoreTransaction("extensions.change") { database in
            let (revision, credentials) = try database.makeRevision(domain: domain, note: note) {
                try $0.change(number, edit)
            }
            return Revised(revision: revision, value: credentials)
        }
    }

    static func renumberExtension(
        _ number: ExtensionNumber, to newNumber: ExtensionNumber, domain: Domain,
        note: RevisionNote
    ) -> StoreTransaction {
        StoreTransaction("extensions.renumber") { database in
            let (revision, _) = try database.makeRevision(domain: domain, note: note) { draft in
                guard var record = try draft.extensionRecord(number) else {
                    throw ConfigurationError.noSuchExtension(number)
                }
                guard try draft.extensionRecord(newNumber) == nil else {
                    throw ConfigurationError.numberTaken(newNumber)
                }
                record.number = newNumber
                try draft.apply(.setExtension(record))
            }
            return Revised(revision: revision, value: nil)
        }
    }

    /// Removes an extension, its devices and numbers, and its person where that has no other.
    static func removeExtension(
        _ number: ExtensionNumber, domain: Domain, note: RevisionNote
    ) -> StoreTransaction {
        StoreTransaction("extensions.remove") { database in
            let (revision, _) = try database.makeRevision(domain: domain, note: note) { draft in
                guard let record = try draft.extensionRecord(number) else {
                    throw ConfigurationError.noSuchExtension(number)
                }
                for change in try draft.removals(under: record.extensionID) {
                    try draft.apply(change)
                }
                try draft.apply(.removeExtension(record.extensionID))
                if try draft.extensionCount(of: record.personID) == 0 {
                    try draft.apply(.removePerson(record.personID))
                }
            }
            return Revised(revision: revision, value: nil)
        }
    }
}

extension ConfigurationDraft {
    /// Makes person, extension and device.
    mutating func add(_ new: CheckedExtension) throws -> ExtensionCredentials {
        let personID = PersonID(number: try newNumber(.person))
        let extensionID = ExtensionID(number: try newNumber(.extensions))
        let authName = try freeAuthName(new.number)
        try apply(
            .setPerson(
                PersonRecord(
                    personID: personID, domain: domain, name: new.name, email: new.email,
                    pinHash: new.pinHash)))
        try apply(
            .setExtension(
                ExtensionRecord(
                    extensionID: extensionID, domain: domain, number: new.number,
                    personID: personID, groupID: try new.group.map { try groupID(named: $0) })))
        try apply(
            .setDevice(
                DeviceRecord(
                    deviceID: DeviceID(number: try newNumber(.device)), domain: domain,
                    extensionID: extensionID, name: "phone",
                    secret: DeviceSecret(
                        authName: authName, realm: domain.name, password: new.password.text))))
        return ExtensionCredentials(
            number: new.number.digits, name: new.name, authName: authName,
            password: new.password.isDrawn ? new.password.text : nil,
            pin: new.pin.isDrawn ? new.pin.text : nil)
    }

    /// The number, unless a device of an extension that was renumbered still bears it.
    private func freeAuthName(_ number: ExtensionNumber) throws -> String {
        var authName = number.digits
        var suffix = 2
        while try isTaken(authName: authName) {
            authName = "\(number.digits)-\(suffix)"
            suffix += 1
        }
        return authName
    }

    /// The group of that name, made where there is none.
    fileprivate mutating func groupID(named name: String) throws -> GroupID {
        if let group = try group(named: name) { return group.groupID }
        let groupID = GroupID(number: try newNumber(.group))
        try apply(.setGroup(GroupRecord(groupID: groupID, domain: domain, name: name)))
        return groupID
    }

    /// Changes person, extension and first device; gives what was drawn.
    fileprivate mutating func change(
        _ number: ExtensionNumber, _ edit: CheckedEdit
    ) throws -> ExtensionCredentials? {
        guard var record = try extensionRecord(number),
            case .setPerson(var person) = try current(.removePerson(record.personID))
        else { throw ConfigurationError.noSuchExtension(number) }
        if let name = edit.name { person.name = name }
        if let email = edit.email { person.email = email.value }
        if let pinHash = edit.pinHash {
            person.pinHash = pinHash
            person.mustChangePIN = true
        }
        if let group = edit.group {
            record.groupID = try group.value.map { try groupID(named: $0) }
        }
        try apply(.setPerson(person))
        try apply(.setExtension(record))
        guard edit.password != nil || edit.policy != nil else { return nil }
        guard var device = try devices(of: record.extensionID).first else {
            throw ConfigurationError.contradiction("extension \(number) has no device")
        }
        edit.policy?(&device.policy)
        if let password = edit.password {
            device.secret = DeviceSecret(
                authName: device.secret.authName, realm: domain.name, password: password.text)
        }
        try apply(.setDevice(device))
        try require(edit.faxTarget)
        guard let password = edit.password, password.isDrawn else { return nil }
        return ExtensionCredentials(
            number: number.digits, name: person.name, authName: device.secret.authName,
            password: password.text)
    }
}
