/// The calculation of RFC 7616 §3.4, for both sides.
enum DigestResponse {
    /// What binds a response to one use of a nonce; absent from clients of RFC 2069.
    struct Protection: Hashable, Sendable {
        /// `auth`; we offer no other.
        var qop: String
        /// As it stands on the wire: eight hexadecimal digits.
        var nonceCount: String
        var clientNonce: String
    }

    /// The value of `response`.
    ///
    /// - Parameter secret: H(username:realm:password) in hexadecimal.
    static func value(
        _ algorithm: DigestAlgorithm, secret: String, nonce: String, method: Method, uri: String,
        protection: Protection?
    ) -> String {
        let what = algorithm.hash("\(method.name):\(uri)")
        guard let protection else { return algorithm.hash("\(secret):\(nonce):\(what)") }
        return algorithm.hash(
            [
                secret, nonce, protection.nonceCount, protection.clientNonce, protection.qop, what,
            ].joined(separator: ":"))
    }
}

extension Credentials {
    /// The answer to a challenge; nil where it asks for what we do not do.
    ///
    /// - Parameters:
    ///   - uri: the Request-URI of the request that will bear it, as text.
    ///   - clientNonce: drawn by the caller.
    ///   - nonceCount: 1 for the first request with this nonce, then one more each time.
    public init?(
        answering challenge: Challenge, username: String, password: String, method: Method,
        uri: String, clientNonce: String, nonceCount: UInt32 = 1
    ) {
        guard challenge.isDigest, let realm = challenge.realm, let nonce = challenge.nonce,
            let algorithm = DigestAlgorithm(name: challenge.algorithm ?? "MD5")
        else { return nil }
        let offersAuth = challenge.qop.contains { equalIgnoringCase($0, "auth") }
        guard offersAuth || challenge.qop.isEmpty else { return nil }
        self.init(
            username: username, realm: realm, nonce: nonce, uri: uri, response: "",
            algorithm: challenge.algorithm, opaque: challenge.opaque)
        var protection: DigestResponse.Protection?
        if offersAuth {
            qop = "auth"
            self.clientNonce = clientNonce
            self.nonceCount = nonceCount
            protection = .init(
                qop: "auth", nonceCount: nonceCountText ?? "", clientNonce: clientNonce)
        }
        response = DigestResponse.value(
            algorithm,
            secret: algorithm.secret(username: username, realm: realm, password: password),
            nonce: nonce, method: method, uri: uri, protection: protection)
    }
}

extension Request {
    /// The Digest credentials of the Authorization and Proxy-Authorization fields, in that order;
    /// those of other schemes, and what cannot be read, count as none (RFC 4475 §3.3.7).
    public var credentials: [Credentials] {
        let all =
            every(Authorization.self).map(\.credentials)
            + every(ProxyAuthorization.self).map(\.credentials)
        return all.filter(\.isDigest)
    }
}
