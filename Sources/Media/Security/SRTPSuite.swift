/// How the packets of a stream are encrypted and proved: the suites of RFC 4568 §6.2, RFC 6188 §5 and
/// RFC 7714 §14.2 that the exchange has.
public enum SRTPSuite: Hashable, Sendable, CaseIterable {
    case galois128, galois256
    case counter128, counter256
    /// Four bytes of proof behind RTP; RTCP has ten all the same.
    case counter128Short

    /// As SDP writes it.
    public var name: String {
        switch self {
        case .galois128: "AEAD_AES_128_GCM"
        case .galois256: "AEAD_AES_256_GCM"
        case .counter128: "AES_CM_128_HMAC_SHA1_80"
        case .counter256: "AES_256_CM_HMAC_SHA1_80"
        case .counter128Short: "AES_CM_128_HMAC_SHA1_32"
        }
    }

    public init?(name: Substring) {
        guard let suite = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = suite
    }

    /// In bytes.
    public var keyLength: Int {
        switch self {
        case .galois128, .counter128, .counter128Short: 16
        case .galois256, .counter256: 32
        }
    }

    public var saltLength: Int { isGalois ? 12 : 14 }

    var isGalois: Bool { self == .galois128 || self == .galois256 }

    /// Bytes of proof behind an RTP packet, and behind an RTCP packet.
    var tagLength: Int {
        switch self {
        case .galois128, .galois256: 16
        case .counter128, .counter256: 10
        case .counter128Short: 4
        }
    }

    var controlTagLength: Int { isGalois ? 16 : 10 }
}

/// What one party encrypts with: a key and its salt. Shown nowhere.
public struct SRTPKey: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    public let suite: SRTPSuite
    /// The key, then the salt.
    let bytes: [UInt8]
    /// Names the key in each packet (MKI, RFC 3711 §3.1); empty where none does, as with all of ours.
    let identifier: [UInt8]

    /// Bytes of an identifier at most (RFC 4568 §6.1).
    public static var identifierLimit: Int { 128 }

    /// Nil where there are not as many bytes as the suite has, or too many of an identifier.
    public init?(_ suite: SRTPSuite, bytes: [UInt8], identifier: [UInt8] = []) {
        guard bytes.count == suite.keyLength + suite.saltLength,
            identifier.count <= Self.identifierLimit
        else { return nil }
        self.suite = suite
        self.bytes = bytes
        self.identifier = identifier
    }

    public var description: String { "***" }
    public var debugDescription: String { "***" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The keys of a stream: ours, and the remote party's. Both have one suite.
public struct SRTPKeyPair: Hashable, Sendable {
    public var sent: SRTPKey
    public var received: SRTPKey

    public init(sent: SRTPKey, received: SRTPKey) {
        self.sent = sent
        self.received = received
    }
}
