/// The hash of a certificate, as a description names it (RFC 8122): who holds that certificate is who
/// sent the description.
public struct CertificateFingerprint: Hashable, Sendable {
    /// Hashes that are taken. SHA-1 is old, and still what some phones say.
    public enum Hash: String, Hashable, Sendable, CaseIterable {
        case sha1 = "sha-1"
        case sha256 = "sha-256"
        case sha384 = "sha-384"
        case sha512 = "sha-512"

        var byteCount: Int {
            switch self {
            case .sha1: 20
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }
    }

    public var hash: Hash
    public var bytes: [UInt8]

    /// Nil where the hash has another length.
    public init?(_ hash: Hash, _ bytes: [UInt8]) {
        guard bytes.count == hash.byteCount else { return nil }
        self.hash = hash
        self.bytes = bytes
    }

    /// Reads `sha-256 AB:CD:…`.
    public init?(parsing value: String) {
        let words = value.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard words.count == 2, let hash = Hash(rawValue: words[0].lowercased()) else { return nil }
        let parts = words[1].split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == hash.byteCount else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard part.utf8.count == 2, part.allSatisfy(\.isHexDigit),
                let byte = UInt8(part, radix: 16)
            else { return nil }
            bytes.append(byte)
        }
        self.init(hash, bytes)
    }

    var text: String {
        let digits = Array("0123456789ABCDEF")
        let parts = bytes.map { String([digits[Int($0 >> 4)], digits[Int($0 & 15)]]) }
        return "\(hash.rawValue) \(parts.joined(separator: ":"))"
    }
}

/// `a=setup` (RFC 4145, RFC 5763 §5): who begins the handshake.
public enum HandshakeRole: String, Hashable, Sendable {
    case active, passive
    /// Either, as the answer chooses.
    case either = "actpass"
}

/// What a handshake for keys (DTLS-SRTP, RFC 5764) must come to.
public struct HandshakeTerms: Hashable, Sendable {
    /// We begin it.
    public var begins: Bool
    /// Of the party's certificate.
    public var fingerprint: CertificateFingerprint

    public init(begins: Bool, fingerprint: CertificateFingerprint) {
        self.begins = begins
        self.fingerprint = fingerprint
    }
}

/// What a media core asks of those who make handshakes: they take time, so it is done elsewhere. What
/// comes of it comes back as ``MediaCommand/transmit(_:stream:_:)`` and
/// ``MediaCommand/secure(_:stream:_:_:)``.
public enum HandshakeOrder: Sendable {
    case begin(MediaLegID, stream: Int, HandshakeTerms)
    /// A datagram of the party's (RFC 7983: its first byte is 20 to 63).
    case datagram(MediaLegID, stream: Int, [UInt8])
    case end(MediaLegID, stream: Int)
}

extension SessionDescription {
    /// The fingerprint that counts for one m-line: its own first, else the session's.
    func fingerprint(of line: MediaDescription) -> CertificateFingerprint? {
        for attributes in [line.attributes, attributes] {
            for case .fingerprint(let fingerprint) in attributes { return fingerprint }
        }
        return nil
    }

    func setup(of line: MediaDescription) -> HandshakeRole? {
        for attributes in [line.attributes, attributes] {
            for case .setup(let role) in attributes { return role }
        }
        return nil
    }
}
