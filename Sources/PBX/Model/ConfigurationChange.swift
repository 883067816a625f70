import Platform

/// One row of configuration set or removed: what revisions are made of.
///
/// Setting is inserting or replacing, so that every change has an inverse of the same kind.
public enum ConfigurationChange: Hashable, Sendable, Codable {
    case setPerson(PersonRecord)
    case removePerson(PersonID)
    case setGroup(GroupRecord)
    case removeGroup(GroupID)
    case setExtension(ExtensionRecord)
    case removeExtension(ExtensionID)
    case setDevice(DeviceRecord)
    case removeDevice(DeviceID)
    case setNumber(NumberRecord)
    case removeNumber(NumberID)
    case setTrunk(TrunkRecord)
    case removeTrunk(TrunkID)
    case setRule(OutboundRuleRecord)
    case removeRule(OutboundRuleID)
}

/// One administrative change, applied as a whole: a row of table `revision`.
public struct Revision: Hashable, Sendable, Codable {
    /// 1, 2, 3 … within the domain, without gaps.
    public var number: Int64
    public var domain: Domain
    /// Who did it: `pbxctl (root)`, an extension's number, `first start`.
    public var author: String
    public var at: WallTime
    /// What was done, in words: `extension 100 added`.
    public var comment: String
    /// The revision that this one takes back.
    public var undoes: Int64?
    public var changes: [ConfigurationChange]

    public init(
        number: Int64, domain: Domain, author: String, at: WallTime, comment: String,
        undoes: Int64? = nil, changes: [ConfigurationChange]
    ) {
        self.number = number
        self.domain = domain
        self.author = author
        self.at = at
        self.comment = comment
        self.undoes = undoes
        self.changes = changes
    }
}

/// Why a change of the configuration is refused. Nothing was changed.
public enum ConfigurationError: Error, Hashable, Sendable, Codable {
    case numberTaken(ExtensionNumber)
    case noSuchExtension(ExtensionNumber)
    case noSuchRevision(Int64)
    case noSuchTrunk(String)
    case trunkExists(String)
    /// Rules for calls to the outside name it.
    case trunkInUse(String, prefixes: [String])
    case noSuchRule(String)
    case nothingToUndo
    case alreadyUndone(Int64)
    /// What the revision did was changed again since.
    case changedSince(Int64, by: [Int64])
    /// Several clashes at once, one line each.
    case clashes([String])
    /// Two rows that must differ are equal, or a row is missing that another needs.
    case contradiction(String)
}

extension ConfigurationError: CustomStringConvertible {
    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .numberTaken(let number):
            "extension \(number) exists already; choose another number, or remove it first"
        case .noSuchExtension(let number):
            "there is no extension \(number); see: pbxctl extension list"
        case .noSuchRevision(let number):
            "there is no revision \(number); see: pbxctl revisions"
        case .noSuchTrunk(let name):
            "there is no trunk '\(name)'; see: pbxctl trunk list"
        case .trunkExists(let name):
            "trunk '\(name)' exists already; choose another name, or change it: pbxctl trunk set"
        case .trunkInUse(let name, let prefixes):
            "rules for calls to the outside use trunk '\(name)' (prefix "
                + prefixes.map { "'\($0)'" }.joined(separator: ", ")
                + "); change them first: pbxctl route set"
        case .noSuchRule(let prefix):
            "there is no rule for the prefix '\(prefix)'; see: pbxctl route list"
        case .nothingToUndo:
            "there is nothing left to undo"
        case .alreadyUndone(let number):
            "revision \(number) is undone already; see: pbxctl revisions"
        case .changedSince(let number, let later):
            "revision \(number) cannot be undone by itself: what it changed was changed again by "
                + "revision \(later.map(String.init).joined(separator: ", ")); undo that first"
        case .clashes(let reasons):
            reasons.joined(separator: "\n")
        case .contradiction(let what):
            "the change contradicts itself or what is there: \(what)"
        }
    }
}
