import Platform
import Testing

@testable import SIPStack

/// The examples of the RFCs.
struct DigestVectorTests {
    @Test func `RFC 2617 §3.5: Mufasa opens with a circle of life`() {
        let algorithm = DigestAlgorithm.md5
        let secret = algorithm.secret(
            username: "Mufasa", realm: "testrealm@host.com", password: "Circle Of Life")
        #expect(secret == "939e7578ed9e3c518a452acee763bce9")
        let value = DigestResponse.value(
            algorithm, secret: secret, nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            method: Method("GET"), uri: "/dir/index.html",
            protection: .init(qop: "auth", nonceCount: "00000001", clientNonce: "0a4f113b"))
        #expect(value == "6629fae49393a05397450978507c4ef1")
    }

    @Test(arguments: [
        (DigestAlgorithm.md5, "8ca523f5e9506fed4657c9700eebdbec"),
        (.sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ])
    func `RFC 7616 §3.9.1: both algorithms give the example's response`(
        algorithm: DigestAlgorithm, expected: String
    ) {
        let secret = algorithm.secret(
            username: "Mufasa", realm: "http-auth@example.org", password: "Circle of Life")
        let value = DigestResponse.value(
            algorithm, secret: secret, nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            method: Method("GET"), uri: "/dir/index.html",
            protection: .init(
                qop: "auth", nonceCount: "00000001",
                clientNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"))
        #expect(value == expected)
    }

    @Test func `RFC 2069 §2.4, as corrected: without qop the old calculation holds`() {
        let secret = DigestAlgorithm.md5.secret(
            username: "Mufasa", realm: "testrealm@host.com", password: "CircleOfLife")
        let value = DigestResponse.value(
            .md5, secret: secret, nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            method: Method("GET"), uri: "/dir/index.html", protection: nil)
        #expect(value == "1949323746fe6a43ef61f9606e7febea")
    }

    @Test func `algorithms are known by their names in any case, sessions of them not`() {
        #expect(DigestAlgorithm(name: "md5") == .md5)
        #expect(DigestAlgorithm(name: "SHA-256") == .sha256)
        #expect(DigestAlgorithm(name: "SHA-256-sess") == nil)
        #expect(DigestAlgorithm(name: "SHA-512-256") == nil)
        #expect(DigestAlgorithm(name: "AKAv1-MD5") == nil)
    }
}
