import Platform
import Synchronization
import Testing

@testable import SIPStack

/// Counts up: randomness that a test can foresee.
final class CountingRandom: RandomSource {
    private let drawn = Atomic<UInt64>(0)

    func next() -> UInt64 { drawn.add(1, ordering: .relaxed).newValue }
}

struct DigestAuthenticatorTests {
    let random = CountingRandom()
    let start = Instant(nanoseconds: 1_000_000_000)

    func answer(
        _ challenge: Challenge, password: String = "secret", count: UInt32 = 1,
        method: Method = .register
    ) throws -> Credentials {
        try #require(
            Credentials(
                answering: challenge, username: "100", password: password, method: method,
                uri: "sip:example.com", clientNonce: "abc", nonceCount: count))
    }

    func verify(
        _ authenticator: inout DigestAuthenticator, _ credentials: Credentials,
        method: Method = .register, now: Instant? = nil
    ) -> DigestAuthenticator.Verdict {
        authenticator.verify(credentials, method: method, now: now ?? start) {
            $0.secret(username: "100", realm: "example.com", password: "secret")
        }
    }

    func authenticator() -> DigestAuthenticator {
        DigestAuthenticator(realm: "example.com", random: random)
    }

    func challenge(
        _ authenticator: DigestAuthenticator, _ algorithm: DigestAlgorithm = .md5,
        now: Instant? = nil
    ) throws -> Challenge {
        try #require(
            authenticator.challenges(
                algorithms: [algorithm], now: now ?? start, random: random
            ).first)
    }

    @Test func `RFC 8760 §2.4: challenges come in the order asked for, each with a nonce`() {
        let challenges = authenticator().challenges(
            algorithms: [.sha256, .md5], isStale: true, now: start, random: random)
        #expect(challenges.map(\.algorithm) == ["SHA-256", "MD5"])
        #expect(challenges.allSatisfy { $0.isStale && $0.qop == ["auth"] })
        #expect(Set(challenges.compactMap(\.nonce)).count == 2)
    }

    @Test(arguments: DigestAlgorithm.allCases)
    func `the right password is accepted, a wrong one and another method are not`(
        algorithm: DigestAlgorithm
    ) throws {
        var authenticator = authenticator()
        let challenge = try challenge(authenticator, algorithm)
        #expect(
            verify(&authenticator, try answer(challenge, password: "wrong")) == .rejected)
        #expect(verify(&authenticator, try answer(challenge, method: .invite)) == .rejected)
        #expect(verify(&authenticator, try answer(challenge)) == .accepted)
    }

    @Test func `a nonce count is good for once; a rising one is good`() throws {
        var authenticator = authenticator()
        let challenge = try challenge(authenticator)
        #expect(verify(&authenticator, try answer(challenge)) == .accepted)
        #expect(verify(&authenticator, try answer(challenge)) == .stale)
        #expect(verify(&authenticator, try answer(challenge, count: 2)) == .accepted)
        #expect(verify(&authenticator, try answer(challenge, count: 100)) == .accepted)
        // Overtaken by the one before, but within the window.
        #expect(verify(&authenticator, try answer(challenge, count: 99)) == .accepted)
        #expect(verify(&authenticator, try answer(challenge, count: 99)) == .stale)
        #expect(verify(&authenticator, try answer(challenge, count: 3)) == .stale)
        #expect(verify(&authenticator, try answer(challenge, count: 0)) == .stale)
        #expect(verify(&authenticator, try answer(challenge, count: .max)) == .accepted)
    }

    @Test func `a nonce is stale after its lifetime, and rejected with a wrong password`() throws {
        var authenticator = authenticator()
        let challenge = try challenge(authenticator)
        let later = start + .seconds(301)
        #expect(verify(&authenticator, try answer(challenge), now: later) == .stale)
        #expect(
            verify(&authenticator, try answer(challenge, password: "wrong"), now: later)
                == .rejected)
        #expect(
            verify(&authenticator, try answer(challenge), now: start + .seconds(300))
                == .accepted)
    }

    @Test(arguments: ["", "zz", "0000000000000000", String(repeating: "0", count: 64)])
    func `a nonce of anybody else is stale`(nonce: String) throws {
        var authenticator = authenticator()
        var challenge = try challenge(authenticator)
        challenge.nonce = nonce
        #expect(verify(&authenticator, try answer(challenge)) == .stale)
        let other = DigestAuthenticator(realm: "example.com", random: random)
        let foreign = try self.challenge(other)
        #expect(verify(&authenticator, try answer(foreign)) == .stale)
    }

    @Test func `a client of RFC 2069 uses each nonce once`() throws {
        var authenticator = authenticator()
        var challenge = try challenge(authenticator)
        challenge.qop = []
        let credentials = try answer(challenge)
        #expect(credentials.qop == nil)
        #expect(verify(&authenticator, credentials) == .accepted)
        #expect(verify(&authenticator, credentials) == .stale)
    }

    @Test(arguments: ["realm", "algorithm", "qop", "nc", "cnonce", "nonce", "uri", "username"])
    func `credentials that lack or bend a part are rejected`(part: String) throws {
        var authenticator = authenticator()
        var credentials = try answer(try challenge(authenticator))
        switch part {
        case "realm": credentials.realm = "elsewhere"
        case "algorithm": credentials.algorithm = "MD5-sess"
        case "qop": credentials.qop = "auth-int"
        case "nc": credentials.content.parameters["nc"] = "1"
        case "cnonce": credentials.clientNonce = nil
        case "nonce": credentials.nonce = nil
        case "uri": credentials.uri = nil
        default: credentials.username = nil
        }
        #expect(verify(&authenticator, credentials) == .rejected)
    }

    @Test func `an algorithm that the device must not use is rejected, whatever the response`()
        throws
    {
        var authenticator = authenticator()
        let credentials = try answer(try challenge(authenticator))
        let verdict = authenticator.verify(credentials, method: .register, now: start) { _ in nil }
        #expect(verdict == .rejected)
        // Its nonce is not used up.
        #expect(verify(&authenticator, credentials) == .accepted)
    }

    @Test func `the credentials that a client makes survive the wire`() throws {
        var authenticator = authenticator()
        var request = Fixture.request(.register)
        request.fields.append(Authorization(try answer(try challenge(authenticator, .sha256))))
        guard case .request(let read)? = Fixture.parse(request.encoded()) else {
            Issue.record("not read")
            return
        }
        let credentials = try #require(read.credentials.first)
        #expect(verify(&authenticator, credentials) == .accepted)
    }

    @Test func `a ledger keeps no more than its capacity, and forgets without letting replays in`()
    {
        var ledger = NonceLedger(key: [1], lifetime: .seconds(300))
        var nonces: [String] = []
        for index in 0...NonceLedger.capacity {
            let now = start + .microseconds(index)
            nonces.append(ledger.make(now: now, random: random))
            #expect(ledger.use(nonces[index], count: 1, now: now) == .fresh)
        }
        #expect(ledger.count == NonceLedger.capacity)
        let now = start + .seconds(1)
        #expect(ledger.use(nonces[0], count: 2, now: now) == .stale)
        #expect(ledger.use(nonces[1], count: 1, now: now) == .replayed)
        #expect(ledger.use(nonces[1], count: 2, now: now) == .fresh)
        let late = start + .seconds(400)
        let fresh = ledger.make(now: late, random: random)
        #expect(ledger.use(fresh, count: 1, now: late) == .fresh)
        #expect(ledger.count == 1)
    }
}
