import Platform
import Testing

@testable import SIPStack

struct MessageParserTests {
    /// A request with all that is needed; `replacing` takes lines out and puts others in.
    private func text(
        start: String = "INVITE sip:bob@example.com SIP/2.0", without: String = "",
        with: [String] = [],
        body: String = ""
    ) -> [UInt8] {
        var lines = [
            start, "Via: SIP/2.0/UDP h;branch=z9hG4bK1", "From: <sip:a@h>;tag=1", "To: <sip:b@h>",
            "Call-ID: 1@h", "CSeq: 1 INVITE", "Max-Forwards: 70",
        ].filter { without.isEmpty || !$0.hasPrefix(without) }
        lines += with
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }

    private func parse(
        _ bytes: [UInt8], _ framing: MessageFraming = .datagram,
        limits: MessageLimits = .standard
    ) -> ParsedMessage {
        var parser = MessageParser(limits: limits)
        return parser.parse(bytes, framing: framing)
    }

    @Test func `a request is read into its parts`() throws {
        let bytes = text(
            with: ["Content-Type: application/sdp", "Content-Length: 3"], body: "abcde")
        guard case .request(let request) = parse(bytes) else {
            Issue.record("not taken")
            return
        }
        #expect(request.method == .invite)
        #expect(request.uri == (try URI("sip:bob@example.com")))
        #expect(request.vias.first?.branch == "z9hG4bK1")
        #expect(request.from.tag == "1")
        #expect(request.to.tag == nil)
        #expect(request.callID == "1@h")
        #expect(request.cSeq == CSeq(number: 1, method: .invite))
        #expect(request.maxForwards == 70)
        #expect(request.contentType == .sdp)
        #expect(request.body == Array("abc".utf8))
    }

    static let refused: [(without: String, with: [String], kind: MessageError.Kind, status: Int)] =
        [
            ("From", [], .missing(.from), 400), ("To", [], .missing(.to), 400),
            ("Call-ID", [], .missing(.callID), 400), ("CSeq", [], .missing(.cSeq), 400),
            ("", ["From: <sip:c@h>"], .repeated(.from), 400),
            ("", ["l: 0", "Content-Length: 0"], .repeated(.contentLength), 400),
            ("CSeq", ["CSeq: 1 BYE"], .methodMismatch, 400),
            ("", ["Content-Length: 9"], .bodyTooShort, 400),
            ("", ["Content-Length: x"], .bad(.contentLength, .expectedNumber), 400),
            ("Max-Forwards", ["Max-Forwards: 300"], .bad(.maxForwards, .numberTooLarge), 400),
            ("", ["no colon here"], .badFieldLine, 400), ("", ["bad name: x"], .badFieldLine, 400),
            ("", ["Contact: <sip:a@h>;;"], .bad(.contact, .expectedToken), 400),
            ("To", ["To: \"x <sip:b@h>"], .bad(.to, .unterminatedQuote), 400),
        ]

    @Test(arguments: refused)
    func `a request that lacks or doubles what it needs is refused, with its answer`(
        without: String, with: [String], kind: MessageError.Kind, status: Int
    ) throws {
        guard case .rejected(let rejection) = parse(text(without: without, with: with)) else {
            Issue.record("not rejected")
            return
        }
        #expect(rejection.error.kind == kind)
        #expect(rejection.status.code == status)
        #expect(rejection.via?.branch == "z9hG4bK1")
        let answer = String(decoding: try #require(rejection.encodedAnswer()), as: UTF8.self)
        #expect(answer.hasPrefix("SIP/2.0 \(status) "))
        #expect(answer.contains("\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"))
    }

    @Test func `an unreadable To is echoed as it came`() throws {
        let bytes = text(without: "To", with: ["To: \"x <sip:b@h>"])
        guard case .rejected(let rejection) = parse(bytes) else {
            Issue.record("not rejected")
            return
        }
        #expect(rejection.response == nil)
        let answer = String(decoding: try #require(rejection.encodedAnswer()), as: UTF8.self)
        #expect(answer.contains("\r\nTo: \"x <sip:b@h>\r\n"))
    }

    @Test func `an ACK is never answered`() {
        let bytes = text(start: "ACK sip:b@h SIP/2.0", with: ["Content-Length: 9"])
        guard case .rejected(let rejection) = parse(bytes) else {
            Issue.record("not rejected")
            return
        }
        #expect(rejection.response == nil)
        #expect(rejection.encodedAnswer() == nil)
    }

    @Test func `without a Via there is nobody to answer`() {
        guard case .discarded(let error) = parse(text(without: "Via")) else {
            Issue.record("not discarded")
            return
        }
        #expect(error.kind == .missing(.via))
    }

    @Test func `another version gets 505, its Via echoed`() throws {
        let bytes = text(
            start: "INVITE sip:b@h SIP/7.0", without: "Via", with: ["Via: SIP/7.0/UDP h"])
        guard case .rejected(let rejection) = parse(bytes) else {
            Issue.record("not rejected")
            return
        }
        #expect(rejection.status == .versionNotSupported)
        let answer = String(decoding: try #require(rejection.encodedAnswer()), as: UTF8.self)
        #expect(answer.contains("\r\nVia: SIP/7.0/UDP h\r\n"))
    }

    static let limited:
        [(limits: MessageLimits, kind: MessageError.Kind, status: Int, limit: Int)] =
            [
                (MessageLimits(messageSize: 200), .messageTooLarge, 513, 200),
                (MessageLimits(headerSize: 200), .headerTooLarge, 513, 200),
                (MessageLimits(fieldCount: 8), .tooManyFields, 513, 8),
                (MessageLimits(lineLength: 80), .lineTooLong, 513, 80),
                (MessageLimits(viaCount: 1), .tooManyVias, 513, 1),
                (MessageLimits(bodySize: 10), .bodyTooLarge, 413, 10),
            ]

    @Test(arguments: limited)
    func `what is beyond a limit is refused with its status`(
        limits: MessageLimits, kind: MessageError.Kind, status: Int, limit: Int
    ) {
        let bytes = text(
            with: [
                "Via: SIP/2.0/UDP i", "X: \(String(repeating: "x", count: 90))", "Y: 1", "Z: 2",
            ],
            body: "01234567890")
        guard case .rejected(let rejection) = parse(bytes, limits: limits) else {
            Issue.record("not rejected")
            return
        }
        #expect(rejection.error.kind == kind)
        #expect(rejection.error.limit == limit)
        #expect(rejection.status.code == status)
    }

    @Test func `a Request-URI too long gets 414`() {
        let bytes = text(start: "INVITE sip:\(String(repeating: "a", count: 100))@h SIP/2.0")
        guard case .rejected(let rejection) = parse(bytes, limits: MessageLimits(lineLength: 60))
        else {
            Issue.record("not rejected")
            return
        }
        #expect(rejection.status == .requestURITooLong)
    }

    @Test func `a stream's message must say how long it is; a datagram need not`() {
        guard case .rejected(let rejection) = parse(text(), .stream) else {
            Issue.record("not rejected")
            return
        }
        #expect(rejection.error.kind == .missing(.contentLength))
        guard case .request(let request) = parse(text(body: "abc")) else {
            Issue.record("not taken")
            return
        }
        #expect(request.body == Array("abc".utf8))
    }

    @Test(arguments: [
        "", "\r\n\r\n", "\0", "garbage\r\n\r\n", "SIP/2.0 99 x\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
    ])
    func `what is no SIP at all is dropped`(text: String) {
        guard case .discarded = parse(Array(text.utf8)) else {
            Issue.record("not discarded")
            return
        }
    }

    @Test func `an answer carries what RFC 3261 §8.2.6 says`() throws {
        let fields = ["Record-Route: <sip:p;lr>", "Timestamp: 54"]
        guard case .request(let request) = parse(text(with: fields)) else {
            Issue.record("not taken")
            return
        }
        let trying = Response(to: request, status: .trying, toTag: "x")
        #expect(trying.to.tag == nil)
        #expect(trying.fields[.timestamp] == "54")
        let ringing = Response(to: request, status: .ringing, toTag: "x")
        #expect(ringing.to.tag == "x")
        #expect(ringing.fields[.recordRoute] == "<sip:p;lr>")
        #expect(ringing.vias == request.vias)
        let busy = Response(to: request, status: .busyHere, toTag: "x")
        #expect(busy.fields.isEmpty)
        #expect(busy.reason == "Busy Here")
    }

    @Test func `a Via keeps the text of its host, and answers RFC 3581`() throws {
        var reader = FieldReader("SIP/2.0/UDP [2001:DB8:0::1]:5060;rport;branch=z9hG4bKx")
        var via = try reader.via()
        #expect(via.rport == .requested)
        via.received = .loopbackV4
        via.rport = .port(4000)
        let written = ViaField(via).fieldText
        #expect(
            written == "SIP/2.0/UDP [2001:DB8:0::1]:5060;rport=4000;branch=z9hG4bKx;"
                + "received=127.0.0.1")
        #expect(via.hasMagicCookie)
        #expect(via.transportKind == .udp)
    }

    @Test func `the essentials are slices of the message`() throws {
        let bytes = text(with: ["Contact: <sip:c@192.0.2.1:5070>;expires=60"])
        var parser = MessageParser()
        var essentials = MessageEssentials()
        try parser.readEssentials(bytes.span, into: &essentials)
        #expect(String(decoding: bytes[essentials.callID.range], as: UTF8.self) == "1@h")
        #expect(String(decoding: bytes[essentials.contactHost.range], as: UTF8.self) == "192.0.2.1")
        #expect(essentials.contactPort == 5070)
        #expect(essentials.contactExpires == 60)
        #expect(essentials.cSeqNumber == 1)
    }
}
