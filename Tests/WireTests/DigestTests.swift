import Testing

@testable import Wire

/// Vectors of RFC 1321, RFC 3174, RFC 6234, FIPS 180-4, RFC 2202, RFC 4231 and RFC 7914 §11.
struct DigestTests {
    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("a", "0cc175b9c0f1b6a831c399e269772661"),
        ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
        (
            "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
            "57edf4a22be3c955ac49da2e2107b67a"
        ),
    ])
    func `MD5 gives the test suite of RFC 1321`(text: String, expected: String) {
        #expect(hex(MessageDigest.md5(Array(text.utf8))) == expected)
    }

    @Test func `SHA-1, SHA-256 and SHA-512/256 give the vectors of their standards`() {
        let abc = Array("abc".utf8)
        #expect(hex(MessageDigest.sha1(abc)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(
            hex(MessageDigest.sha256(abc))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            hex(MessageDigest.sha512Slash256(abc))
                == "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23")
    }

    @Test(arguments: HashAlgorithm.allCases)
    func `a running digest begins anew after each finish`(algorithm: HashAlgorithm) {
        var running = RunningDigest(algorithm)
        running.update(Array("a".utf8))
        running.update("bc")
        let first = running.finish()
        running.update("abc")
        let second = running.finish()
        #expect(first == second)
        #expect(first.count == algorithm.byteCount)
    }

    @Test func `HMAC gives the vectors of RFC 2202 and RFC 4231`() {
        let key = [UInt8](repeating: 0x0B, count: 20)
        let hi = Array("Hi There".utf8)
        #expect(hex(HMAC.sha1(key: key, hi)) == "b617318655057264e28bc0b6fb378c8ef146be00")
        #expect(
            hex(HMAC.sha256(key: key, hi))
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        let jefe = Array("Jefe".utf8)
        let question = Array("what do ya want for nothing?".utf8)
        #expect(hex(HMAC.sha1(key: jefe, question)) == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
        #expect(
            hex(HMAC.sha256(key: jefe, question))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let longKey = [UInt8](repeating: 0xAA, count: 131)
        let text = Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
        #expect(
            hex(HMAC.sha256(key: longKey, text))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test func `an HMAC with an empty key does not use the key before`() {
        let used = HMAC.sha256(key: [1, 2, 3], [])
        #expect(HMAC.sha256(key: [], []) != used)
        #expect(
            hex(HMAC.sha256(key: [], []))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test(arguments: [
        (1, "120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b"),
        (2, "ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43"),
        (4096, "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a"),
    ])
    func `PBKDF2 gives the vectors of RFC 6070 carried over to SHA-256`(
        iterations: Int, expected: String
    ) {
        let key = PasswordHash.derive(
            "password", salt: Array("salt".utf8), iterations: iterations, count: 32)
        #expect(hex(key) == expected)
    }

    @Test func `PBKDF2 gives the vector of RFC 7914`() {
        let key = PasswordHash.derive(
            "passwd", salt: Array("salt".utf8), iterations: 1, count: 64)
        #expect(
            hex(key) == "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
                + "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783")
    }
}

struct PasswordHashTests {
    @Test func `a password verifies against its own text form only`() {
        let text = PasswordHash.make("sécret", salt: [1, 2, 3, 4], iterations: 10)
        #expect(text.hasPrefix("pbkdf2-sha256$10$AQIDBA==$"))
        #expect(PasswordHash.verify("sécret", against: text))
        #expect(!PasswordHash.verify("secret", against: text))
        #expect(!PasswordHash.verify("", against: text))
    }

    @Test(arguments: [
        "", "pbkdf2-sha256$10$AQIDBA==", "pbkdf2-sha256$0$AQIDBA==$AAAA",
        "pbkdf2-sha256$99999999999$AQIDBA==$AAAA", "pbkdf2-sha256$1$AQIDBA==$",
        "pbkdf2-sha512$1$AQIDBA==$AAAA", "pbkdf2-sha256$1$?$AAAA", "$$$",
    ])
    func `a text of another form verifies nothing`(text: String) {
        #expect(!PasswordHash.verify("", against: text))
    }
}
