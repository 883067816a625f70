/// A person: keeps name, mail address and PIN whatever extension or phones they use.
public struct PersonRecord: Hashable, Sendable, Codable {
    public var personID: PersonID
    public var domain: Domain
    public var name: String
    public var email: String?
    /// PBKDF2 text form of the PIN for voicemail and web pages; nil locks both.
    public var pinHash: String?
    /// True until the person has chosen a PIN of their own.
    public var mustChangePIN: Bool

    public init(
        personID: PersonID, domain: Domain, name: String, email: String? = nil,
        pinHash: String? = nil, mustChangePIN: Bool = true
    ) {
        self.personID = personID
        self.domain = domain
        self.name = name
        self.email = email
        self.pinHash = pinHash
        self.mustChangePIN = mustChangePIN
    }
}

/// A group of extensions, such as a department. Rights hang on it.
public struct GroupRecord: Hashable, Sendable, Codable {
    public var groupID: GroupID
    public var domain: Domain
    public var name: String

    public init(groupID: GroupID, domain: Domain, name: String) {
        self.groupID = groupID
        self.domain = domain
        self.name = name
    }
}

/// A number inside and its owner. The number may change; ``ExtensionID`` stays.
public struct ExtensionRecord: Hashable, Sendable, Codable {
    public var extensionID: ExtensionID
    public var domain: Domain
    public var number: ExtensionNumber
    public var personID: PersonID
    public var groupID: GroupID?
    /// How long to ring before the no-answer rules: 5 to 300 s.
    public var ringingSeconds: Int

    /// Rings this long unless set otherwise.
    public static var usualRingingSeconds: Int { 60 }

    public init(
        extensionID: ExtensionID, domain: Domain, number: ExtensionNumber, personID: PersonID,
        groupID: GroupID? = nil, ringingSeconds: Int = ExtensionRecord.usualRingingSeconds
    ) {
        self.extensionID = extensionID
        self.domain = domain
        self.number = number
        self.personID = personID
        self.groupID = groupID
        self.ringingSeconds = ringingSeconds
    }
}
