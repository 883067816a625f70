/// A trunk to be made, as it was typed.
public struct NewTrunk: Hashable, Sendable, Codable {
    public var name: String
    /// `sip:provider.example`, or just the host.
    public var address: String
    public var edit: TrunkEdit

    public init(name: String, address: String, edit: TrunkEdit = TrunkEdit()) {
        self.name = name
        self.address = address
        self.edit = edit
    }
}

/// What to change of a trunk; nil leaves as it is, an empty text removes.
public struct TrunkEdit: Hashable, Sendable, Codable {
    public var address: String?
    public var registers: Bool?
    public var line: String?
    public var authName: String?
    public var password: String?
    public var expires: Int?
    public var probePause: Int?
    public var callLimit: Int?
    public var sources: [String]?
    /// Numbers of ours in the form `DIALLED=EXTENSION`; an empty extension removes the number.
    public var numbers: [String]?
    public var fallback: String?
    public var reachesExtensions: Bool?
    public var callerID: CallerIDPolicy?
    public var number: String?
    public var assertsIdentity: Bool?
    public var verifiesCertificate: Bool?
    public var codecs: [String]?
    public var encryption: EncryptionPolicy?
    public var recording: RecordingPolicy?
    public var faxDetection: FaxDetection?

    public init() {}
}

/// A rule for calls to the outside, as it was typed.
public struct RouteDraft: Hashable, Sendable, Codable {
    public var prefix: String
    /// Names, in the order of trying.
    public var trunks: [String]?
    public var strip: Int?
    public var prepend: String?

    public init(
        prefix: String, trunks: [String]? = nil, strip: Int? = nil, prepend: String? = nil
    ) {
        self.prefix = prefix
        self.trunks = trunks
        self.strip = strip
        self.prepend = prepend
    }
}

/// A trunk as lists show it: never its password. Times in ISO 8601.
public struct TrunkListing: Hashable, Sendable, Codable {
    public var name: String
    public var settings: TrunkSettings
    public var hasPassword: Bool
    /// `registered`, `reachable`, `failing`, `starting`; nil where the exchange is stopped.
    public var phase: String?
    public var hop: String?
    /// When the provider last answered as it should.
    public var lastProof: String?
    public var lastFailure: String?
    public var lastFailureAt: String?
    public var nextTry: String?
    public var calls: Int

    init(_ record: TrunkRecord) {
        name = record.name
        settings = record.settings
        hasPassword = record.password != nil
        calls = 0
    }
}

/// A rule as lists show it.
public struct RouteListing: Hashable, Sendable, Codable {
    public var prefix: String
    public var strip: Int
    public var prepend: String
    public var trunks: [String]

    init(_ rule: OutboundRuleRecord, in directory: Directory) {
        prefix = rule.prefix
        strip = rule.strip
        prepend = rule.prepend
        trunks = rule.trunks.map { directory.trunk($0)?.name ?? "(removed)" }
    }
}
