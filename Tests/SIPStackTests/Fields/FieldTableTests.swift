import Testing

@_spi(Fuzzing) @testable import SIPStack

struct FieldTableTests {
    /// Name, value as it comes, value as we write it.
    static let good: [(name: String, value: String, written: String)] = [
        ("Contact", "*", "*"),
        ("m", "\"Bob\" <sip:bob@h>;q=0.7;expires=3600", "\"Bob\" <sip:bob@h>;q=0.7;expires=3600"),
        (
            "Contact", "sip:a@h;expires=60 , <sip:b@h;lr>; q = 1",
            "<sip:a@h>;expires=60, <sip:b@h;lr>;q=1"
        ),
        (
            "Contact", "<sip:a@h>;+sip.instance=\"<urn:uuid:0-1>\";reg-id=1",
            "<sip:a@h>;+sip.instance=\"<urn:uuid:0-1>\";reg-id=1"
        ),
        ("Contact", "Mr. J. User <sip:a@h>", "\"Mr. J. User\" <sip:a@h>"),
        ("Route", "<sip:p1.example.com;lr>, <sip:p2.example.com;lr>", ""),
        ("Record-Route", "<sip:p1.example.com;lr;ftag=1>", ""),
        ("Path", "<sip:p;lr>", ""), ("Service-Route", "<sip:p;lr>", ""),
        ("Reply-To", "<sip:a@h>", ""), ("Max-Forwards", "70", ""), ("Max-Breadth", "60", ""),
        ("Expires", "99999999999999999999", "4294967295"), ("Min-Expires", "60", ""),
        ("RSeq", "988789", ""), ("RAck", "776656 1 INVITE", ""), ("Flow-Timer", "126", ""),
        ("Session-Expires", "1800;refresher=uas", ""), ("x", "90;Refresher=UAC", ""),
        ("Min-SE", "90", ""), ("Supported", "replaces,100rel", "replaces, 100rel"),
        ("k", "", ""), ("Require", "timer", ""), ("Proxy-Require", "foo", ""),
        ("Unsupported", "foo, bar", ""), ("Allow", "INVITE, ACK", ""),
        ("Allow-Events", "talk,hold", "talk, hold"), ("Event", "dialog;id=7", ""),
        ("o", "presence.winfo", ""),
        ("Subscription-State", "terminated;reason=timeout;retry-after=5", ""),
        ("Info-Package", "foo;bar=1", ""), ("Recv-Info", "", ""), ("Recv-Info", "a, b;c=d", ""),
        ("SIP-ETag", "dx200xyz", ""), ("SIP-If-Match", "dx200xyz", ""),
        ("Suppress-If-Match", "*", ""), ("Privacy", "id;Critical", "id;critical"),
        ("Reason", "SIP;cause=200;text=\"Call completed elsewhere\"", ""),
        ("Reason", "Q.850;cause=16, SIP;cause=487", ""),
        ("Refer-To", "<sip:dave@h?Replaces=1%40h%3Bto-tag%3Da%3Bfrom-tag%3Db>", ""),
        ("b", "<sip:r@h>;cid=\"20398823.2UWQFN309shb3@referror\"", ""), ("Refer-Sub", "false", ""),
        ("Replaces", "98732@sip.example.com;from-tag=r33;to-tag=ff8;early-only", ""),
        ("Join", "1@h;to-tag=a;from-tag=b", ""),
        ("Target-Dialog", "1@h;local-tag=a;remote-tag=b", ""),
        (
            "P-Asserted-Identity", "\"C\" <sip:a@h>, tel:+14085264000",
            "\"C\" <sip:a@h>, <tel:+14085264000>"
        ),
        ("P-Preferred-Identity", "<sip:a@h>", ""), ("P-Associated-URI", "<sip:a@h>", ""),
        ("P-Called-Party-ID", "<sip:a@h>", ""),
        ("Remote-Party-ID", "\"A\" <sip:a@h>;party=calling;privacy=off", ""),
        ("Diversion", "<sip:a@h>;reason=no-answer;counter=1", ""),
        ("History-Info", "<sip:b@h?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1", ""),
        (
            "WWW-Authenticate", "Digest realm=\"h\",qop=\"auth,auth-int\", nonce=\"7\",stale=FALSE",
            "Digest realm=\"h\", qop=\"auth,auth-int\", nonce=\"7\", stale=FALSE"
        ),
        ("Proxy-Authenticate", "Digest realm=\"h\", nonce=\"7\", algorithm=SHA-256", ""),
        ("Authorization", "Digest username=\"a\", realm=\"\", nonce=\"\", nc=00000001", ""),
        ("Authorization", "NoOneKnowsThisScheme opaque-data=here", ""),
        ("Proxy-Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", ""),
        ("Authentication-Info", "nextnonce=\"47\", qop=auth", ""),
        ("Proxy-Authentication-Info", "nextnonce=\"47\"", ""),
        ("Accept", "application/sdp;level=1, */*;q=0.1", ""), ("Accept", "", ""),
        ("Accept-Encoding", "gzip;q=0.5, identity", ""), ("Accept-Language", "da, en-gb;q=0.8", ""),
        ("c", "text/html; charset=\"ISO 8859-4\"", "text/html;charset=\"ISO 8859-4\""),
        ("Content-Disposition", "session;handling=optional", ""), ("e", "gzip", ""),
        ("Content-Language", "fr", ""), ("MIME-Version", "1.0", ""),
        ("Alert-Info", "<http://127.0.0.1/Bellcore-dr2>;info=alert-internal", ""),
        (
            "Call-Info", "<http://h/p.jpg> ;purpose=icon,<http://h/>",
            "<http://h/p.jpg>;purpose=icon, <http://h/>"
        ),
        ("Error-Info", "<sip:ann@h>", ""),
        ("Retry-After", "18000;duration=3600", ""),
        ("Retry-After", "120 (I'm in a (long\\)) meeting)", "120 (I'm in a \\(long\\)\\) meeting)"),
        ("Timestamp", "54.21 1", ""),
        ("Warning", "307 isi.edu \"Session parameter 'foo' not understood\"", ""),
        ("Date", "Sat, 13 Nov 2010 23:29:00 GMT", ""),
        ("In-Reply-To", "70710@saturn.bell-tel.com, 17320@saturn.bell-tel.com", ""),
        ("s", "A tornado  is heading our way!", ""), ("Organization", "Boxes by Bob", ""),
        ("User-Agent", "Softphone Beta1.5", ""), ("Server", "HomeServer v2", ""),
        ("Priority", "emergency", ""), ("Answer-Mode", "Auto;require", ""),
        ("P-Early-Media", "sendrecv, gated", ""), ("d", "no-fork, queue", ""),
        ("Session-ID", "ab30317f1a784dc48ff824d0d3715d86", ""),
        ("User-to-User", "56a390f3;encoding=hex", ""),
        (
            "v", "SIP / 2.0 / UDP h.example.com : 4000 ; branch=z9hG4bK1 ; rport",
            "SIP/2.0/UDP h.example.com:4000;branch=z9hG4bK1;rport"
        ),
        ("Via", "SIP/2.0/TLS [2001:DB8::9:1]:5061;received=[2001:db8::9:255];alias", ""),
        ("From", "\"A. G. Bell\" <sip:a@h>;tag=1", ""),
        ("To", "tel:+1234;tag=x", "<tel:+1234>;tag=x"),
        ("CSeq", "4711 INVITE", ""),
    ]

    @Test(arguments: good)
    func `a field is read, and written so that it reads the same`(
        name: String, value: String, written: String
    ) throws {
        let parser = try #require(allFieldParsers.first { $0.name == FieldName(name) })
        let once = try parser.rewrite(Array(value.utf8))
        let expected = written.isEmpty ? value : written
        #expect(String(decoding: once, as: UTF8.self) == expected)
        #expect(try parser.rewrite(once) == once)
    }

    static let bad: [(name: String, value: String)] = [
        ("Contact", ""), ("Contact", "<sip:a@h"), ("Contact", "\"A <sip:a@h>"),
        ("Contact", "<sip:a@h>;;"), ("Contact", "<sip:a@h>,"), ("Contact", "sip:a@h?x=y"),
        ("Contact", "<sip:a@h> x"), ("Route", "p1"), ("Max-Forwards", "256"),
        ("Max-Forwards", "-1"), ("Max-Forwards", ""), ("Max-Forwards", "7 0"), ("Expires", "soon"),
        ("RSeq", "4294967296"), ("RAck", "1 INVITE"), ("Session-Expires", ";refresher=uac"),
        ("Supported", "a,,b"), ("Supported", "a b"), ("Require", ""), ("Event", ";id=1"),
        ("Subscription-State", "active;expires="), ("SIP-ETag", "a b"), ("Privacy", ""),
        ("Refer-To", "<sip:a@h>, <sip:b@h>"), ("Refer-Sub", "maybe"),
        ("Replaces", "1@h;to-tag=a"), ("Replaces", ";to-tag=a;from-tag=b"),
        ("Authorization", "Digest"), ("Authorization", "Digest username=\"a"),
        ("Authorization", "Digest realm"), ("Authorization", "Digest a=b c=d"),
        ("Content-Type", "application"), ("Content-Type", "application/"), ("Accept", "a/b,"),
        ("Alert-Info", "<>"), ("Retry-After", "120 (open"), ("Warning", "307 isi.edu text"),
        ("Date", "Fri, 01 Jan 2010 16:00:00 EST"), ("Date", "2010-01-01"),
        ("Via", "SIP/2.0 UDP h"), ("Via", "SIP/2.0/UDP"), ("Via", "SIP/2.0/UDP h:x"),
        ("Via", "SIP/2.0/UDP h;;,;,,"), ("CSeq", "4294967296 INVITE"), ("CSeq", "1"),
        ("From", "sip:a@h, sip:b@h"), ("Timestamp", "x"), ("Info-Package", ""),
    ]

    @Test(arguments: bad)
    func `a malformed field is refused with a reason and a place`(
        name: String, value: String
    ) throws {
        let parser = try #require(allFieldParsers.first { $0.name == FieldName(name) })
        let error = #expect(throws: FieldError.self) { try parser.rewrite(Array(value.utf8)) }
        #expect((error?.offset ?? -1) >= 0)
        #expect((error?.offset ?? .max) <= value.utf8.count)
    }

    @Test func `every known name finds itself, in any case, long and compact`() {
        for (index, known) in FieldName.table.enumerated() {
            let number = UInt8(index + 1)
            #expect(FieldName(known.name).number == number)
            #expect(FieldName(known.name.uppercased()).number == number)
            // In the middle of a message the vectors reach, at its end the bytes are compared.
            let padded = Array(
                (known.name.lowercased() + ": " + String(repeating: "x", count: 40)).utf8)
            let found = FieldNameTable.standard.number(padded.span, 0, known.name.utf8.count)
            #expect(found == number)
            if let compact = known.compact { #expect(FieldName(compact).number == number) }
            #expect(FieldName(known.name + "x").number == 0)
            #expect(FieldName("x" + known.name.dropFirst()).number == 0 || known.name.first == "x")
        }
        #expect(FieldName("").number == 0)
        #expect(FieldName("z").number == 0)
        #expect(FieldName(String(repeating: "a", count: 300)).number == 0)
    }

    @Test func `the numbers of the hot path are those of the table`() {
        let pairs: [(UInt8, FieldName)] = [
            (FieldNumber.via, .via), (FieldNumber.from, .from), (FieldNumber.to, .to),
            (FieldNumber.callID, .callID), (FieldNumber.cSeq, .cSeq),
            (FieldNumber.contact, .contact), (FieldNumber.maxForwards, .maxForwards),
            (FieldNumber.contentLength, .contentLength), (FieldNumber.contentType, .contentType),
            (FieldNumber.expires, .expires), (FieldNumber.authorization, .authorization),
        ]
        for (number, name) in pairs {
            #expect(name.number == number)
            #expect(Int(number) < MessageEssentials.fieldNumbers)
        }
    }

    @Test func `unknown names are equal without regard to case and keep their text`() {
        #expect(FieldName("X-Foo") == FieldName("x-foo"))
        #expect(FieldName("X-Foo").text == "X-Foo")
        #expect(FieldName("X-Foo") != FieldName("X-Bar"))
        #expect(FieldName("l") == .contentLength)
        #expect(FieldName("CALL-ID").text == "Call-ID")
    }
}
