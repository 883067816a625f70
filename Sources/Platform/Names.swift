/// What is asked of the domain name system: a name and the kind of record (RFC 1035 §3.2).
public struct NameQuestion: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// IPv4 addresses.
        case a
        /// IPv6 addresses (RFC 3596).
        case aaaa
        /// Where a protocol is spoken for a domain (RFC 2782).
        case srv
        /// Which protocols a domain speaks (RFC 3403).
        case naptr
    }

    /// In lower case, without the dot at its end.
    public let name: String
    public let kind: Kind

    public init(_ name: String, _ kind: Kind) {
        var text = name.lowercased()
        if text.utf8.last == UInt8(ascii: ".") { text.removeLast() }
        self.name = text
        self.kind = kind
    }
}

extension NameQuestion: CustomStringConvertible {
    public var description: String { "\(name) \(kind.rawValue.uppercased())" }
}

/// One record of an answer.
public enum NameRecord: Hashable, Sendable {
    case address(IPAddress)
    case srv(SRVRecord)
    case naptr(NAPTRRecord)
}

/// Where a protocol is spoken (RFC 2782). The target `""` (the root) says: nowhere.
public struct SRVRecord: Hashable, Sendable {
    public var priority: UInt16
    public var weight: UInt16
    public var port: UInt16
    public var target: String

    public init(priority: UInt16, weight: UInt16, port: UInt16, target: String) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }
}

/// One way on from a domain (RFC 3403 §4).
public struct NAPTRRecord: Hashable, Sendable {
    public var order: UInt16
    public var preference: UInt16
    public var flags: String
    /// `SIP+D2U`, `SIP+D2T`, `SIPS+D2T` (RFC 3263 §4.1).
    public var spoken: String
    /// A substitution instead of a name; SIP has none.
    public var expression: String
    public var replacement: String

    public init(
        order: UInt16, preference: UInt16, flags: String, spoken: String,
        expression: String = "", replacement: String
    ) {
        self.order = order
        self.preference = preference
        self.flags = flags
        self.spoken = spoken
        self.expression = expression
        self.replacement = replacement
    }
}

/// What came of a question.
public enum NameAnswer: Hashable, Sendable {
    /// At least one record, good for so long.
    case records([NameRecord], lifetime: Duration)
    /// The name, or that kind of record, does not exist (RFC 2308), for so long.
    case nothing(lifetime: Duration)
    /// Nobody could say.
    case failed(NameFailure)
}

/// Why a question has no answer.
public enum NameFailure: String, Hashable, Sendable, Error {
    /// No name server answered in time.
    case timeout
    /// The name servers answered that they can't (SERVFAIL, REFUSED).
    case refused
    /// What came was no answer, or the name is none.
    case malformed
    /// More questions are open than ``NameResolverLimits`` allow, or the resolver is shut down.
    case overloaded
}

/// The domain name system as its askers see it. Live: c-ares. Simulated: zone tables.
///
/// Asynchronous: nobody waits. An answer comes exactly once, within
/// ``NameResolverLimits/patience``, from any thread; it is posted, never worked on there.
public protocol NameResolver: Sendable {
    func resolve(_ question: NameQuestion, _ then: @escaping @Sendable (NameAnswer) -> Void)
}

/// The bounds of every resolver.
public enum NameResolverLimits {
    /// Open questions at a time; a further one fails as overloaded.
    public static var openQuestions: Int { 1024 }
    /// Records of one answer that count; further ones are left out.
    public static var records: Int { 64 }
    /// The longest wait for an answer.
    public static var patience: Duration { .seconds(10) }
    /// How long "nothing" holds where the answer does not say (RFC 2308 §5).
    public static var nothingLifetime: Duration { .seconds(60) }
}
