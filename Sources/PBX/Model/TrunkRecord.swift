/// Names a trunk for as long as the exchange lives.
public struct TrunkID: RecordNumber {
    public let number: Int64
    public init(number: Int64) { self.number = number }
}

/// Names a rule for calls to the outside.
public struct OutboundRuleID: RecordNumber {
    public let number: Int64
    public init(number: Int64) { self.number = number }
}

/// A password that we must be able to say to somebody: a provider's challenge names its realm only
/// when it comes. Kept in the database's file, which its owner alone may read; shown nowhere.
public struct TrunkPassword: Hashable, Sendable, Codable, CustomStringConvertible,
    CustomDebugStringConvertible, CustomReflectable
{
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public var description: String { "***" }
    public var debugDescription: String { "***" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What the outside sees as the caller of a call by a trunk.
public enum CallerIDPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// The extension's own number for calls to the outside, where it has one, else the trunk's.
    case own
    /// The trunk's number, whoever calls.
    case trunk
    /// The extension's number as it is dialled inside: between exchanges.
    case inside = "extension"
}

/// Who is rung when the outside dials a number of ours.
public struct TrunkNumber: Hashable, Sendable, Codable {
    /// As the provider dials it.
    public var dialled: String
    /// An extension's number.
    public var target: String

    public init(dialled: String, target: String) {
        self.dialled = dialled
        self.target = target
    }
}

/// The way to and from a provider: a row of table `trunk`.
public struct TrunkRecord: Hashable, Sendable, Codable {
    public var trunkID: TrunkID
    public var domain: Domain
    /// What administrators call it.
    public var name: String
    public var settings: TrunkSettings
    /// What the provider's challenges are answered with.
    public var password: TrunkPassword?

    public init(
        trunkID: TrunkID, domain: Domain, name: String, settings: TrunkSettings,
        password: TrunkPassword? = nil
    ) {
        self.trunkID = trunkID
        self.domain = domain
        self.name = name
        self.settings = settings
        self.password = password
    }
}

/// What a trunk is told, besides its password.
public struct TrunkSettings: Hashable, Sendable, Codable {
    /// A SIP URI without user part: `sip:provider.example;transport=tcp`.
    public var address: String
    /// Whether we sign in there; else the provider knows our address.
    public var registers: Bool
    /// The user part of our own address there; empty where the provider gave none.
    public var line: String
    /// What challenges are answered as; nil: the line.
    public var authName: String?
    /// How long a registration shall hold, in seconds.
    public var expires: Int
    /// Seconds between two questions whether the provider is there.
    public var probePause: Int
    /// Calls at a time, both ways.
    public var callLimit: Int
    /// Blocks of addresses that its calls may come from, besides those its name leads to.
    public var sources: [String]
    public var numbers: [TrunkNumber]
    /// The extension that is rung for numbers that stand nowhere; nil: nobody.
    public var fallback: String?
    /// Extensions may be dialled by their inside numbers: between exchanges.
    public var reachesExtensions: Bool
    public var callerID: CallerIDPolicy
    /// The number that the outside sees; empty: the line.
    public var number: String
    /// Whether P-Asserted-Identity names the caller (RFC 3325).
    public var assertsIdentity: Bool
    public var policy: DevicePolicy
    /// By TLS: the provider must be certified for the name of its address (RFC 5922). Nil: yes.
    public var verifiesCertificate: Bool?

    public static var usualExpires: Int { 600 }
    public static var usualProbePause: Int { 60 }
    public static var usualCallLimit: Int { 30 }
    /// Numbers of one trunk.
    public static var numberLimit: Int { 10_000 }

    public init(
        address: String, registers: Bool = false, line: String = "", authName: String? = nil,
        expires: Int = TrunkSettings.usualExpires,
        probePause: Int = TrunkSettings.usualProbePause,
        callLimit: Int = TrunkSettings.usualCallLimit, sources: [String] = [],
        numbers: [TrunkNumber] = [], fallback: String? = nil, reachesExtensions: Bool = false,
        callerID: CallerIDPolicy = .own, number: String = "", assertsIdentity: Bool = false,
        policy: DevicePolicy = .usual, verifiesCertificate: Bool? = nil
    ) {
        self.address = address
        self.registers = registers
        self.line = line
        self.authName = authName
        self.expires = expires
        self.probePause = probePause
        self.callLimit = callLimit
        self.sources = sources
        self.numbers = numbers
        self.fallback = fallback
        self.reachesExtensions = reachesExtensions
        self.callerID = callerID
        self.number = number
        self.assertsIdentity = assertsIdentity
        self.policy = policy
        self.verifiesCertificate = verifiesCertificate
    }
}

/// Which trunks take the calls to numbers with a prefix: a row of table `outbound_rule`.
public struct OutboundRuleRecord: Hashable, Sendable, Codable {
    public var ruleID: OutboundRuleID
    public var domain: Domain
    /// What the dialled number begins with; the longest prefix wins. Empty: every number.
    public var prefix: String
    /// So many characters are taken from the front, then these are put before.
    public var strip: Int
    public var prepend: String
    /// Tried in this order; at most ``trunkLimit``.
    public var trunks: [TrunkID]

    /// Trunks that one call tries.
    public static var trunkLimit: Int { 5 }
    /// As long a number as is dialled out.
    public static var longestNumber: Int { 32 }

    public init(
        ruleID: OutboundRuleID, domain: Domain, prefix: String, strip: Int = 0,
        prepend: String = "", trunks: [TrunkID]
    ) {
        self.ruleID = ruleID
        self.domain = domain
        self.prefix = prefix
        self.strip = strip
        self.prepend = prepend
        self.trunks = trunks
    }

    /// What the trunk is given for a dialled number.
    public func rewritten(_ digits: String) -> String {
        prepend + digits.dropFirst(strip)
    }
}
