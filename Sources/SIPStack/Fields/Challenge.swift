/// What a registrar or proxy asks of who wants something (RFC 3261 §22, RFC 8760).
public struct Challenge: Sendable, Equatable {
    public var content: AuthenticationParameters

    public init(_ content: AuthenticationParameters) {
        self.content = content
    }

    /// A Digest challenge; `algorithm` as RFC 8760 names it, nil for MD5 unsaid.
    public init(
        realm: String, nonce: String, algorithm: String? = nil, qop: [String] = ["auth"],
        isStale: Bool = false, opaque: String? = nil
    ) {
        content = AuthenticationParameters()
        self.realm = realm
        self.nonce = nonce
        self.opaque = opaque
        if isStale { self.isStale = true }
        self.algorithm = algorithm
        self.qop = qop
    }

    public var isDigest: Bool { content.isDigest }

    public var realm: String? {
        get { content[quoted: "realm"] }
        set { content[quoted: "realm"] = newValue }
    }

    public var nonce: String? {
        get { content[quoted: "nonce"] }
        set { content[quoted: "nonce"] = newValue }
    }

    public var opaque: String? {
        get { content[quoted: "opaque"] }
        set { content[quoted: "opaque"] = newValue }
    }

    public var domain: String? {
        get { content[quoted: "domain"] }
        set { content[quoted: "domain"] = newValue }
    }

    /// `MD5`, `SHA-256`, …; nil means MD5.
    public var algorithm: String? {
        get { content[plain: "algorithm"] }
        set { content[plain: "algorithm"] = newValue }
    }

    /// The qualities of protection offered; empty in the challenge of an RFC 2069 peer.
    public var qop: [String] {
        get {
            let text = content[quoted: "qop"] ?? ""
            return text.split { $0 == "," || $0 == " " }.map { String($0) }
        }
        set { content[quoted: "qop"] = newValue.isEmpty ? nil : newValue.joined(separator: ",") }
    }

    /// True where only the nonce was too old (RFC 3261 §22.4).
    public var isStale: Bool {
        get { equalIgnoringCase(content[plain: "stale"], "true") }
        set { content[plain: "stale"] = newValue ? "true" : "false" }
    }
}

/// The challenge of a registrar or user agent server (RFC 3261 §20.44).
public struct WWWAuthenticate: FieldValue {
    public static let fieldName = FieldName.wwwAuthenticate
    public var challenge: Challenge

    public init(_ challenge: Challenge) {
        self.challenge = challenge
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        challenge = Challenge(try reader.authenticationParameters())
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(challenge.content)
    }
}

/// The challenge of a proxy (RFC 3261 §20.27).
public struct ProxyAuthenticate: FieldValue {
    public static let fieldName = FieldName.proxyAuthenticate
    public var challenge: Challenge

    public init(_ challenge: Challenge) {
        self.challenge = challenge
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        challenge = Challenge(try reader.authenticationParameters())
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(challenge.content)
    }
}
