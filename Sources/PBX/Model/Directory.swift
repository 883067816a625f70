/// Who is here: all people, extensions and devices of one domain at one revision, in memory.
///
/// A value: the exchange keeps one and gives copies away. ``apply(_:)`` brings it to the next
/// revision without reading the store again.
public struct Directory: Sendable, Equatable {
    public let domain: Domain
    public private(set) var revision: Int64
    private var people: [PersonID: PersonRecord] = [:]
    private var groups: [GroupID: GroupRecord] = [:]
    private var extensions: [ExtensionID: ExtensionRecord] = [:]
    private var devices: [DeviceID: DeviceRecord] = [:]
    private var numbers: [NumberID: NumberRecord] = [:]
    private var extensionIDs: [ExtensionNumber: ExtensionID] = [:]
    private var deviceIDs: [String: DeviceID] = [:]
    private var deviceIDsByExtension: [ExtensionID: [DeviceID]] = [:]
    private var trunks: [TrunkID: TrunkRecord] = [:]
    private var rules: [OutboundRuleID: OutboundRuleRecord] = [:]

    public init(domain: Domain, revision: Int64 = 0) {
        self.domain = domain
        self.revision = revision
    }

    public var extensionCount: Int { extensions.count }
    public var deviceCount: Int { devices.count }

    /// All extensions, by number.
    public var sortedExtensions: [ExtensionRecord] {
        extensions.values.sorted { $0.number < $1.number }
    }

    public func extensionRecord(_ number: ExtensionNumber) -> ExtensionRecord? {
        extensionIDs[number].flatMap { extensions[$0] }
    }

    public func extensionRecord(_ extensionID: ExtensionID) -> ExtensionRecord? {
        extensions[extensionID]
    }

    public func person(_ personID: PersonID) -> PersonRecord? { people[personID] }

    public func person(of extensionID: ExtensionID) -> PersonRecord? {
        extensions[extensionID].flatMap { people[$0.personID] }
    }

    public func group(_ groupID: GroupID) -> GroupRecord? { groups[groupID] }

    public func device(_ deviceID: DeviceID) -> DeviceRecord? { devices[deviceID] }

    /// The device whose credentials bear that name.
    public func device(authName: String) -> DeviceRecord? {
        deviceIDs[authName].flatMap { devices[$0] }
    }

    /// The devices of an extension, oldest first.
    public func devices(of extensionID: ExtensionID) -> [DeviceRecord] {
        (deviceIDsByExtension[extensionID] ?? []).compactMap { devices[$0] }
    }

    /// The further numbers of an extension, oldest first.
    public func numbers(of extensionID: ExtensionID) -> [NumberRecord] {
        numbers.values.filter { $0.extensionID == extensionID }
            .sorted { $0.numberID < $1.numberID }
    }

    public func trunk(_ trunkID: TrunkID) -> TrunkRecord? { trunks[trunkID] }

    public func trunk(named name: String) -> TrunkRecord? {
        trunks.values.first { $0.name == name }
    }

    /// All trunks, oldest first.
    public var sortedTrunks: [TrunkRecord] { trunks.values.sorted { $0.trunkID < $1.trunkID } }

    /// All rules for calls to the outside, by prefix.
    public var sortedRules: [OutboundRuleRecord] {
        rules.values.sorted { ($0.prefix, $0.ruleID) < ($1.prefix, $1.ruleID) }
    }

    /// Brings the directory to that revision. Older ones and other domains' change nothing.
    public mutating func apply(_ next: Revision) {
        guard next.domain == domain, next.number > revision else { return }
        for change in next.changes { apply(change) }
        revision = next.number
    }

    mutating func apply(_ change: ConfigurationChange) {
        switch change {
        case .setPerson(let record): people[record.personID] = record
        case .removePerson(let personID): people[personID] = nil
        case .setGroup(let record): groups[record.groupID] = record
        case .removeGroup(let groupID): groups[groupID] = nil
        case .setNumber(let record): numbers[record.numberID] = record
        case .removeNumber(let numberID): numbers[numberID] = nil
        case .setExtension(let record):
            removeExtension(record.extensionID)
            extensions[record.extensionID] = record
            extensionIDs[record.number] = record.extensionID
        case .removeExtension(let extensionID):
            removeExtension(extensionID)
        case .setDevice(let record):
            removeDevice(record.deviceID)
            devices[record.deviceID] = record
            deviceIDs[record.secret.authName] = record.deviceID
            insert(record.deviceID, under: record.extensionID)
        case .removeDevice(let deviceID):
            removeDevice(deviceID)
        case .setTrunk(let record): trunks[record.trunkID] = record
        case .removeTrunk(let trunkID): trunks[trunkID] = nil
        case .setRule(let record): rules[record.ruleID] = record
        case .removeRule(let ruleID): rules[ruleID] = nil
        }
    }

    private mutating func removeExtension(_ extensionID: ExtensionID) {
        guard let old = extensions.removeValue(forKey: extensionID) else { return }
        if extensionIDs[old.number] == extensionID { extensionIDs[old.number] = nil }
    }

    private mutating func insert(_ deviceID: DeviceID, under extensionID: ExtensionID) {
        var list = deviceIDsByExtension[extensionID] ?? []
        let place = list.firstIndex { $0 > deviceID } ?? list.endIndex
        list.insert(deviceID, at: place)
        deviceIDsByExtension[extensionID] = list
    }

    private mutating func removeDevice(_ deviceID: DeviceID) {
        guard let old = devices.removeValue(forKey: deviceID) else { return }
        if deviceIDs[old.secret.authName] == deviceID { deviceIDs[old.secret.authName] = nil }
        deviceIDsByExtension[old.extensionID]?.removeAll { $0 == deviceID }
        if deviceIDsByExtension[old.extensionID]?.isEmpty == true {
            deviceIDsByExtension[old.extensionID] = nil
        }
    }
}
