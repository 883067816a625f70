import Platform
import Wire

/// The server's side of digest authentication (RFC 3261 §22, RFC 7616, RFC 8760).
///
/// Does the same work whether a name is unknown, a password wrong or all is right: let `secret`
/// answer with a stand-in for a name that nobody has.
public struct DigestAuthenticator: Sendable {
    public enum Verdict: Hashable, Sendable {
        case accepted
        /// The password is right, the nonce is not good any more: challenge with `stale=true`, and
        /// the phone answers without asking anybody.
        case stale
        case rejected
    }

    /// How long a nonce is good.
    public static var standardLifetime: Duration { .seconds(300) }

    public let realm: String
    private var nonces: NonceLedger
    /// Stands in where the caller has no secret, so that the work is the same.
    private let nobodysSecret: String

    /// - Parameter random: draws the key by which this process knows its own nonces.
    public init(
        realm: String, random: any RandomSource,
        nonceLifetime: Duration = DigestAuthenticator.standardLifetime
    ) {
        self.realm = realm
        nonces = NonceLedger(key: random.bytes(32), lifetime: nonceLifetime)
        nobodysSecret = random.token(64)
    }

    /// One challenge for each algorithm, in that order: the client takes the first that it knows
    /// (RFC 8760 §2.4).
    public func challenges(
        algorithms: [DigestAlgorithm], isStale: Bool = false, now: Instant,
        random: any RandomSource
    ) -> [Challenge] {
        algorithms.map { algorithm in
            Challenge(
                realm: realm, nonce: nonces.make(now: now, random: random),
                algorithm: algorithm.name, qop: ["auth"], isStale: isStale)
        }
    }

    /// Judges credentials, and uses up their nonce count.
    ///
    /// Call it once for a request: the transactions absorb retransmissions before.
    ///
    /// - Parameter secret: H(username:realm:password) in hexadecimal for an algorithm; nil where
    ///   the device must not use that algorithm.
    public mutating func verify(
        _ credentials: Credentials, method: Method, now: Instant,
        secret: (DigestAlgorithm) -> String?
    ) -> Verdict {
        guard credentials.isDigest, credentials.realm == realm,
            let nonce = credentials.nonce, let uri = credentials.uri,
            let response = credentials.response, credentials.username != nil,
            let algorithm = DigestAlgorithm(name: credentials.algorithm ?? "MD5"),
            let (protection, count) = Self.protection(of: credentials)
        else { return .rejected }
        let known = secret(algorithm)
        let standIn = String(nobodysSecret.prefix(algorithm.secretLength))
        let expected = DigestResponse.value(
            algorithm, secret: known ?? standIn, nonce: nonce, method: method, uri: uri,
            protection: protection)
        let isRight = constantTimeEqual(expected.utf8, response.lowercased().utf8)
        guard isRight, known != nil else { return .rejected }
        switch nonces.use(nonce, count: count, now: now) {
        case .fresh: return .accepted
        case .stale, .replayed: return .stale
        }
    }

    /// `qop`, `nc` and `cnonce` stand together or not at all; nil for anything else. An RFC 2069
    /// client has none of them, and its nonce is good for one request.
    private static func protection(
        of credentials: Credentials
    ) -> (DigestResponse.Protection?, count: UInt32)? {
        guard let qop = credentials.qop else { return (nil, 1) }
        guard equalIgnoringCase(qop, "auth"), let text = credentials.nonceCountText,
            text.utf8.count == 8, let count = credentials.nonceCount,
            let clientNonce = credentials.clientNonce
        else { return nil }
        let protection = DigestResponse.Protection(
            qop: qop, nonceCount: text, clientNonce: clientNonce)
        return (protection, count)
    }
}
