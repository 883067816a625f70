/// What answers a challenge (RFC 3261 §22, RFC 8760).
public struct Credentials: Sendable, Equatable {
    public var content: AuthenticationParameters

    public init(_ content: AuthenticationParameters) {
        self.content = content
    }

    /// Digest credentials without `qop`; set `qop`, `clientNonce` and `nonceCount` besides.
    public init(
        username: String, realm: String, nonce: String, uri: String, response: String,
        algorithm: String? = nil, opaque: String? = nil
    ) {
        content = AuthenticationParameters()
        self.username = username
        self.realm = realm
        self.nonce = nonce
        self.uri = uri
        self.response = response
        self.algorithm = algorithm
        self.opaque = opaque
    }

    public var isDigest: Bool { content.isDigest }

    public var username: String? {
        get { content[quoted: "username"] }
        set { content[quoted: "username"] = newValue }
    }

    public var realm: String? {
        get { content[quoted: "realm"] }
        set { content[quoted: "realm"] = newValue }
    }

    public var nonce: String? {
        get { content[quoted: "nonce"] }
        set { content[quoted: "nonce"] = newValue }
    }

    /// The Request-URI as its sender saw it: what was hashed, as text.
    public var uri: String? {
        get { content[quoted: "uri"] }
        set { content[quoted: "uri"] = newValue }
    }

    /// In hexadecimal.
    public var response: String? {
        get { content[quoted: "response"] }
        set { content[quoted: "response"] = newValue }
    }

    public var opaque: String? {
        get { content[quoted: "opaque"] }
        set { content[quoted: "opaque"] = newValue }
    }

    public var clientNonce: String? {
        get { content[quoted: "cnonce"] }
        set { content[quoted: "cnonce"] = newValue }
    }

    /// `MD5`, `SHA-256`, …; nil means MD5.
    public var algorithm: String? {
        get { content[plain: "algorithm"] }
        set { content[plain: "algorithm"] = newValue }
    }

    public var qop: String? {
        get { content[plain: "qop"] }
        set { content[plain: "qop"] = newValue }
    }

    /// Eight hexadecimal digits on the wire; nil where absent or malformed.
    public var nonceCount: UInt32? {
        get { content[plain: "nc"].flatMap { UInt32($0, radix: 16) } }
        set {
            content[plain: "nc"] = newValue.map { count in
                let digits = String(count, radix: 16)
                return String(repeating: "0", count: 8 - digits.utf8.count) + digits
            }
        }
    }

    /// `nc` as it stands there: what was hashed.
    public var nonceCountText: String? { content[plain: "nc"] }
}

/// Credentials for a registrar or user agent server (RFC 3261 §20.7).
public struct Authorization: FieldValue {
    public static let fieldName = FieldName.authorization
    public var credentials: Credentials

    public init(_ credentials: Credentials) {
        self.credentials = credentials
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        credentials = Credentials(try reader.authenticationParameters())
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(credentials.content)
    }
}

/// Credentials for a proxy (RFC 3261 §20.28).
public struct ProxyAuthorization: FieldValue {
    public static let fieldName = FieldName.proxyAuthorization
    public var credentials: Credentials

    public init(_ credentials: Credentials) {
        self.credentials = credentials
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        credentials = Credentials(try reader.authenticationParameters())
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(credentials.content)
    }
}
