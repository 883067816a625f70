import Testing

@testable import SIPStack

struct HeaderFieldsTests {
    private func route(_ host: String) -> Route {
        Route(NameAddress(uri: .sip(SIPURI(host: .name(host)))))
    }

    @Test func `fields keep their order, and unknown ones their spelling`() {
        var fields = HeaderFields()
        fields.append(name: FieldName("X-Foo"), raw: "1")
        fields.append(MaxForwards(70))
        fields.append(name: FieldName("x-foo"), raw: "2")
        #expect(fields.lines.map(\.name.text) == ["X-Foo", "Max-Forwards", "x-foo"])
        #expect(fields[FieldName("X-FOO")] == "1")
        #expect(fields.lineCount(of: FieldName("x-foo")) == 2)
    }

    @Test func `setting replaces all lines in the place of the first`() {
        var fields = HeaderFields()
        fields.append(name: .route, raw: "<sip:a>")
        fields.append(name: .subject, raw: "x")
        fields.append(name: .route, raw: "<sip:b>")
        fields[.route] = "<sip:c>"
        #expect(fields.lines.map(\.value) == ["<sip:c>", "x"])
        fields[.route] = nil
        #expect(fields.lines.map(\.value) == ["x"])
    }

    @Test func `all reads every line's list in order`() throws {
        var fields = HeaderFields()
        fields.append([route("a"), route("b")])
        fields.append(route("c"))
        fields.prepend(route("d"))
        #expect(fields[.route] == "<sip:d>")
        #expect(try fields.all(Route.self) == [route("d"), route("a"), route("b"), route("c")])
        #expect(try fields.first(RecordRoute.self) == nil)
    }

    @Test func `a value cannot break out of its line`() {
        var fields = HeaderFields()
        fields.append(name: .subject, raw: "a\r\nEvil: 1\0")
        fields.append(Subject("b\nEvil: 1"))
        #expect(fields.lines.map(\.value) == ["a Evil: 1", "b Evil: 1"])
    }

    @Test func `a fold reads as one space, and is written as one`() throws {
        var parser = MessageParser()
        let text =
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n"
            + "Call-ID: 1\r\nCSeq: 1 INVITE\r\nSubject: a  \r\n\t b\r\n  c\r\n\r\n"
        guard case .response(let response) = parser.parse(Array(text.utf8), framing: .datagram)
        else {
            Issue.record("not taken")
            return
        }
        #expect(response.fields[.subject] == "a b c")
        let written = String(decoding: response.encoded(), as: UTF8.self)
        #expect(written.contains("\r\nSubject: a b c\r\n"))
    }

    @Test func `what a registration says of a device is read`() throws {
        let contact = try Contact(
            parsing:
                "<sip:a@h>;+sip.instance=\"<urn:uuid:0-1>\";reg-id=2;q=0.25;expires=99999999999")
        let address = try #require(contact.address)
        #expect(address.instance == "urn:uuid:0-1")
        #expect(address.registrationID == 2)
        #expect(address.q == 250)
        #expect(address.expires == .max)
    }

    @Test(arguments: [
        ("0", 0), ("1", 1000), ("0.5", 500), ("0.125", 125), ("1.000", 1000), ("0.", 0),
        ("1.001", nil), ("2", nil), ("0.1234", nil), ("", nil), ("0,5", nil),
    ])
    func `a q value has at most three decimals and is at most one`(text: String, value: Int?) {
        #expect(QValue(text)?.thousandths == value)
    }

    @Test func `a transfer's Replaces is found inside the Refer-To URI`() throws {
        let referTo = try ReferTo(
            parsing: "<sip:dave@h?Replaces=12345%40h%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE>")
        let replaces = try #require(referTo.replaces)
        #expect(replaces.callID == "12345@h")
        #expect(replaces.toTag == "12345")
        #expect(replaces.fromTag == "5FFE")
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", Int64(784_111_777)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
    ])
    func `a date is seconds since 1970 and back`(text: String, seconds: Int64) throws {
        let date = try SentDate(parsing: text)
        #expect(date.secondsSince1970 == seconds)
        #expect(date.fieldText == text)
    }
}
