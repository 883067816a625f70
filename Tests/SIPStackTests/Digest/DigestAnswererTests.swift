import Platform
import Testing

@testable import SIPStack

/// An answerer that learns inside of expectations.
private final class Answerer {
    private var answerer = DigestAnswerer(name: "n", password: "p", token: "t")

    func learn(from response: Response, to request: Request) -> Bool {
        answerer.learn(from: response, to: request)
    }

    func authorize(_ request: inout Request) { answerer.authorize(&request) }
}

@Suite struct DigestAnswererTests {
    private func request(_ method: Method = .register) -> Request {
        Request(
            method: method, uri: .sip(SIPURI(host: .name("p.example"))),
            from: NameAddress(uri: .sip(SIPURI(host: .name("p.example")))),
            to: NameAddress(uri: .sip(SIPURI(host: .name("p.example")))), callID: "a",
            cSeq: CSeq(number: 1, method: method))
    }

    private func challenge(
        _ request: Request, nonce: String, algorithms: [String] = ["MD5"], qop: [String] = ["auth"],
        isStale: Bool = false, isProxy: Bool = false
    ) -> Response {
        var response = Response(
            to: request, status: isProxy ? .proxyAuthenticationRequired : .unauthorized)
        for algorithm in algorithms {
            let challenge = Challenge(
                realm: "p", nonce: nonce, algorithm: algorithm, qop: qop, isStale: isStale)
            if isProxy {
                response.fields.append(ProxyAuthenticate(challenge))
            } else {
                response.fields.append(WWWAuthenticate(challenge))
            }
        }
        return response
    }

    @Test func `a challenge is answered, and the next request answers ahead with a higher count`()
        throws
    {
        let answerer = Answerer()
        var first = request()
        answerer.authorize(&first)
        #expect(first.credentials.isEmpty)
        #expect(answerer.learn(from: challenge(first, nonce: "1"), to: first))
        var second = request()
        answerer.authorize(&second)
        var third = request()
        answerer.authorize(&third)
        #expect(second.credentials.map(\.nonceCount) == [1])
        #expect(third.credentials.map(\.nonceCount) == [2])
        #expect(second.credentials.first?.clientNonce != third.credentials.first?.clientNonce)
    }

    @Test func `a fresh answer that is refused means a wrong password`() {
        let answerer = Answerer()
        #expect(answerer.learn(from: challenge(request(), nonce: "1"), to: request()))
        var again = request()
        answerer.authorize(&again)
        #expect(!answerer.learn(from: challenge(again, nonce: "2"), to: again))
        // But not where the far end says that the nonce was merely old.
        #expect(answerer.learn(from: challenge(again, nonce: "3", isStale: true), to: again))
    }

    @Test(arguments: [["auth"], []])
    func `an answer ahead that is refused is given anew, whatever the far end says`(
        qop: [String]
    ) {
        let answerer = Answerer()
        #expect(answerer.learn(from: challenge(request(), nonce: "1", qop: qop), to: request()))
        var first = request()
        answerer.authorize(&first)
        var ahead = request()
        answerer.authorize(&ahead)
        #expect(answerer.learn(from: challenge(ahead, nonce: "2", qop: qop), to: ahead))
    }

    @Test func `the first algorithm that we can do is taken, RFC 8760 §2.4`() {
        let answerer = Answerer()
        let response = challenge(
            request(), nonce: "1", algorithms: ["SHA-512-256", "SHA-256", "MD5"], isProxy: true)
        #expect(answerer.learn(from: response, to: request()))
        var next = request(.invite)
        answerer.authorize(&next)
        #expect(next.credentials.map(\.algorithm) == ["SHA-256"])
        #expect(next.fields[.proxyAuthorization] != nil)
        #expect(next.fields[.authorization] == nil)
    }

    @Test func `what nobody can answer is not learnt`() {
        let answerer = Answerer()
        let response = challenge(request(), nonce: "1", algorithms: ["AKAv1-MD5"])
        #expect(!answerer.learn(from: response, to: request()))
        #expect(
            !answerer.learn(from: Response(to: request(), status: .unauthorized), to: request()))
    }
}
