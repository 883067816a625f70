import Testing

@testable import SIPStack

struct URIComparisonTests {
    /// RFC 3261 §19.1.4's own examples, then its rules one by one, then RFC 3966 and RFC 5954.
    static let table: [(first: String, second: String, areEqual: Bool)] = [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5", true),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com", true
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x", true
        ),
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false),
        ("sip:alice@example.com", "sips:alice@example.com", false),
        ("sip:alice@example.com", "sip:example.com", false),
        ("sip:alice:secret@example.com", "sip:alice@example.com", false),
        ("sip:alice:secret@example.com", "sip:alice:Secret@example.com", false),
        ("sip:a@example.com;user=phone", "sip:a@example.com", false),
        ("sip:a@example.com;ttl=15", "sip:a@example.com", false),
        ("sip:a@example.com;maddr=192.0.2.1", "sip:a@example.com", false),
        ("sip:a@example.com;method=INVITE", "sip:a@example.com", false),
        ("sip:a@example.com;lr", "sip:a@example.com", true),
        ("sip:a%3Bb@example.com", "sip:a;b@example.com", false),
        ("sip:a%3bb@example.com", "sip:a%3Bb@example.com", true),
        ("sip:a@example.com;gr=1", "sip:a@example.com", false),
        ("sip:a@example.com;gr=1", "sip:a@example.com;gr=1", true),
        ("sip:a@[2001:DB8:0:0::1]", "sip:a@[2001:db8::1]", true),
        ("sip:a@[2001:db8::1]", "sip:a@[2001:db8::2]", false),
        ("tel:+1-201-555-0123", "tel:+12015550123", true),
        ("tel:+12015550123", "tel:12015550123;phone-context=+1", false),
        ("tel:7042;phone-context=Example.com", "tel:7042;phone-context=example.com", true),
        ("tel:7042;phone-context=example.com", "tel:7042;phone-context=example.org", false),
        ("tel:863;ext=1;phone-context=a.com", "tel:863;phone-context=a.com;ext=1", true),
        ("urn:service:sos", "URN:service:sos", true),
        ("urn:service:sos", "urn:service:fire", false),
        ("tel:+12015550123", "sip:+12015550123@example.com;user=phone", false),
    ]

    @Test(arguments: table)
    func `RFC 3261 §19.1.4: URIs are equal where the RFC says so, both ways round`(
        first: String, second: String, areEqual: Bool
    ) throws {
        let one = try URI(first)
        let other = try URI(second)
        #expect((one == other) == areEqual)
        #expect((other == one) == areEqual)
        #expect(one == one)
        #expect(other == other)
    }

    @Test func `a URI is written as it was read`() throws {
        for text in [
            "sip:alice@example.com", "sips:alice:pw@example.com:5061;transport=tls;lr",
            "sip:[2001:db8::1]:5070", "sip:%00%01@example.com", "sip:a%3Bb;c?d@example.com",
            "sip:example.com?Replaces=a%40b%3Bto-tag%3D1&Require=replaces",
            "tel:+358-555-1234567;postd=pp22", "http://example.com/a?b#c", "urn:service:sos",
        ] {
            #expect(try URI(text).text == text)
        }
    }

    @Test(arguments: [
        "", "sip:", "sip:@example.com", "sip:alice@", "sip:alice@exa mple.com", "alice",
        "sip:a@example.com:99999", "sip:a@example.com:", "sip:a@[::1", "sip:a@[1.2.3.4]",
        "sip:a%4@example.com", "sip:a%zz@example.com", "sip:a@example.com;", "sip:a@h;a=",
        "sip:a@example.com?", "sip:a@example.com?a", "<sip:a@example.com>", "tel:", "tel:+",
        "tel:+12a", "1sip:a@example.com", "sip:2001:db8::10", "sip:a@example.com>", "x:",
    ])
    func `what is no URI is refused with a place`(text: String) {
        #expect(throws: FieldError.self) { try URI(text) }
    }

    @Test func `a user part is escaped where it must be, and read back`() {
        var uri = SIPURI(user: "a b@c%;ü", host: .name("example.com"))
        #expect(URI.sip(uri).text == "sip:a%20b%40c%25;%C3%BC@example.com")
        #expect(uri.user == "a b@c%;ü")
        uri.user = nil
        #expect(URI.sip(uri).text == "sip:example.com")
    }

    @Test func `ports default by scheme and transport`() throws {
        #expect(try URI("sip:a@b").sip?.effectivePort == 5060)
        #expect(try URI("sips:a@b").sip?.effectivePort == 5061)
        #expect(try URI("sip:a@b;transport=TLS").sip?.effectivePort == 5061)
        #expect(try URI("sip:a@b:7000").sip?.effectivePort == 7000)
    }
}
