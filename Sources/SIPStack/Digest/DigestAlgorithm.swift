import Wire

/// The hash functions of digest authentication that we challenge with (RFC 8760 §2.2).
public enum DigestAlgorithm: String, Hashable, Sendable, CaseIterable, Codable {
    case md5 = "MD5"
    case sha256 = "SHA-256"

    /// By the name on the wire, in any case; nil for one that we do not do (`MD5-sess` too).
    public init?(name: String) {
        guard let match = Self.allCases.first(where: { equalIgnoringCase($0.rawValue, name) })
        else { return nil }
        self = match
    }

    /// As the `algorithm` parameter says it.
    public var name: String { rawValue }

    /// Characters of a secret.
    var secretLength: Int {
        switch self {
        case .md5: 32
        case .sha256: 64
        }
    }

    /// The hash of a text, in lower-case hexadecimal.
    public func hash(_ text: String) -> String {
        switch self {
        case .md5: hex(MessageDigest.md5(Array(text.utf8)))
        case .sha256: hex(MessageDigest.sha256(Array(text.utf8)))
        }
    }

    /// What stands for a password, and all that has to be kept of it: H(username:realm:password),
    /// the HA1 of RFC 7616 §3.4.2.
    public func secret(username: String, realm: String, password: String) -> String {
        hash("\(username):\(realm):\(password)")
    }
}
