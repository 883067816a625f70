import SIPStack

/// Somebody who calls or is called: an extension with its person, or somebody outside, behind a
/// trunk.
struct Party: Sendable, Equatable {
    /// Nil for somebody outside.
    let record: ExtensionRecord?
    /// The extension's number; of somebody outside what was dialled or shown.
    let number: NumberForm
    /// Empty where nobody said it.
    let personName: String

    /// An extension.
    init(record: ExtensionRecord, personName: String) {
        self.record = record
        number = NumberForm(record.number)
        self.personName = personName
    }

    /// Somebody outside.
    init(outside number: NumberForm, name: String = "") {
        record = nil
        self.number = number
        personName = name
    }

    /// The exchange itself.
    init(here number: NumberForm, name: String) {
        record = nil
        self.number = number
        personName = name
    }

    var extensionID: ExtensionID? { record?.extensionID }
    var digits: String { number.text }
    /// How long it rings before nobody answers.
    var ringingSeconds: Int { record?.ringingSeconds ?? ExtensionRecord.usualRingingSeconds }
}

extension Directory {
    func party(_ id: ExtensionID) -> Party? {
        extensionRecord(id).map { Party(record: $0, personName: person(of: id)?.name ?? "") }
    }
}

extension ExchangeConfiguration {
    /// The domain as a URI's host.
    var host: Host { Host(domain.name) ?? .name(domain.name) }

    /// How a party is shown to others.
    func address(of party: Party) -> NameAddress {
        NameAddress(
            displayName: party.personName.isEmpty ? nil : party.personName,
            uri: .sip(SIPURI(user: party.digits, host: host)))
    }
}
