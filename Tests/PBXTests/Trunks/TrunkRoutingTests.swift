import Platform
import SIPStack
import Testing

@testable import PBX

@Suite struct TrunkRoutingTests {
    let domain: Domain
    let directory: Directory

    init() throws {
        domain = try #require(Domain("exchange.example"))
        var directory = Directory(domain: domain)
        for (id, digits) in [(1, "100"), (2, "101"), (3, "0431")] {
            let number = try #require(ExtensionNumber(digits))
            directory.apply(
                .setExtension(
                    ExtensionRecord(
                        extensionID: ExtensionID(number: Int64(id)), domain: domain,
                        number: number, personID: PersonID(number: Int64(id)))))
        }
        for (id, name) in [(1, "first"), (2, "second")] {
            directory.apply(
                .setTrunk(
                    TrunkRecord(
                        trunkID: TrunkID(number: Int64(id)), domain: domain, name: name,
                        settings: TrunkSettings(
                            address: "sip:\(name).example", line: "line\(id)",
                            numbers: [TrunkNumber(dialled: "+43 1 555\(id)", target: "10\(id)")]))))
        }
        for (id, prefix, strip, prepend, trunks) in [
            (1, "0", 1, "", [1, 2]), (2, "00", 2, "+", [2, 1]), (3, "9", 0, "", [7]),
        ] as [(Int64, String, Int, String, [Int64])] {
            directory.apply(
                .setRule(
                    OutboundRuleRecord(
                        ruleID: OutboundRuleID(number: id), domain: domain, prefix: prefix,
                        strip: strip, prepend: prepend, trunks: trunks.map(TrunkID.init))))
        }
        self.directory = directory
    }

    private func place(_ digits: String) -> DialPlan.Place {
        DialPlan(directory: directory).destination(for: digits, from: ExtensionID(number: 1))
    }

    @Test func `the longest prefix wins, digits are stripped and put before`() {
        let (one, two) = (TrunkID(number: 1), TrunkID(number: 2))
        #expect(place("0664123") == .outside(number: "664123", by: [one, two]))
        #expect(place("0043664123") == .outside(number: "+43664123", by: [two, one]))
    }

    @Test func `an extension wins over every rule`() {
        #expect(place("0431") == .inside(ExtensionID(number: 3)))
    }

    @Test(arguments: ["9123", "5", "", "0", "0abc", "0%0D%0A", "0\r\nX: y", "0;x=y", "sip"])
    func `what no rule, no trunk or no number stands behind leads nowhere`(digits: String) {
        #expect(place(digits) == .nowhere)
    }

    @Test func `a number that is too long is not dialled`() {
        #expect(place("0" + String(repeating: "1", count: 40)) == .nowhere)
    }

    // MARK: In

    private func invite(
        _ uri: String, to: String = "<sip:x@y>", from: String = "<sip:+4366@first.example>;tag=1",
        fields: String = ""
    ) throws -> Request {
        let text = """
            INVITE \(uri) SIP/2.0\r
            Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r
            From: \(from)\r
            To: \(to)\r
            Call-ID: a\r
            CSeq: 1 INVITE\r
            Max-Forwards: 70\r
            \(fields)Content-Length: 0\r
            \r\n
            """
        var parser = MessageParser(limits: .standard)
        guard case .request(let request) = parser.parse(Array(text.utf8), framing: .datagram)
        else { throw Unreadable() }
        return request
    }

    private struct Unreadable: Error {}

    private func views() -> [TrunkView] {
        directory.sortedTrunks.map { record in
            var view = TrunkView(record: record, line: TrunkLine(record))
            view.hops = [TrunkFixture.hop(UInt32(record.trunkID.number))]
            view.token = "token-of-trunk-\(record.trunkID)"
            return view
        }
    }

    private func trunk(_ request: Request, from remote: String, _ kind: TransportKind = .udp)
        throws -> Int64?
    {
        let flow = Flow(
            transport: kind, listener: 0,
            local: SocketAddress(address: .loopbackV4, port: 5060),
            remote: try #require(SocketAddress(remote)), connection: kind == .udp ? 0 : 1)
        return TrunkRecognition.trunk(
            of: request, on: flow, among: views(),
            isExtension: { ["100", "101", "0431"].contains($0) })?.number
    }

    @Test func `a trunk's call is known by its source, or by the contact that it alone has`() throws
    {
        let request = try invite("sip:431@192.0.2.9")
        #expect(try trunk(request, from: "192.0.2.1:5060") == 1)
        #expect(try trunk(request, from: "192.0.2.2:5060") == 2)
        #expect(try trunk(request, from: "192.0.2.2:40000", .tcp) == 2)
        #expect(try trunk(request, from: "198.51.100.1:5060") == nil)
        // Another port of that host is somebody else's, unless the block is named.
        #expect(try trunk(request, from: "192.0.2.2:5099") == nil)
        let named = try invite("sip:431@192.0.2.9;line=token-of-trunk-2")
        #expect(try trunk(named, from: "198.51.100.1:5060") == 2)
        #expect(try trunk(try invite("sip:431@192.0.2.9;line=x"), from: "198.51.100.1:1") == nil)
    }

    @Test func `a phone behind the provider's address is no trunk`() throws {
        let phone = try invite("sip:101@x", from: "<sip:100@exchange.example>;tag=1")
        #expect(try trunk(phone, from: "192.0.2.1:40000", .tcp) == nil)
    }

    @Test(
        arguments: [
            ("sip:4315551@x", "<sip:a@b>", "", "101"), ("sip:004315552@x", "<sip:a@b>", "", nil),
            ("sip:+43-1-5551@x", "<sip:a@b>", "", "101"),
            ("tel:+43.1.5551", "<sip:a@b>", "", "101"),
            ("sip:line1@x", "<sip:+4315551@b>", "", "101"),
            ("sip:line1@x", "<sip:a@b>", "P-Called-Party-ID: <sip:+4315551@b>\r\n", "101"),
            ("sip:100@x", "<sip:100@b>", "", nil),
        ] as [(String, String, String, String?)])
    func `the dialled number rings its extension`(
        uri: String, to: String, fields: String, expected: String?
    ) throws {
        let settings = try #require(directory.trunk(TrunkID(number: 1))).settings
        let request = try invite(uri, to: to, fields: fields)
        let found = DialledNumber.destination(request, by: settings, in: directory)
        #expect(found?.number.digits == expected)
    }

    @Test func `other numbers ring the fallback, and inside numbers where that is allowed`() throws
    {
        var settings = try #require(directory.trunk(TrunkID(number: 1))).settings
        settings.fallback = "100"
        let stranger = try invite("sip:999@x")
        #expect(
            DialledNumber.destination(stranger, by: settings, in: directory)?.number.digits
                == "100")
        settings.reachesExtensions = true
        let inside = try invite("sip:101@x")
        #expect(
            DialledNumber.destination(inside, by: settings, in: directory)?.number.digits
                == "101")
        // Never outside: no rule is asked, whatever is dialled (toll fraud).
        settings.fallback = nil
        let outside = try invite("sip:0664123@x")
        #expect(DialledNumber.destination(outside, by: settings, in: directory) == nil)
    }

    @Test func `who calls is what the provider asserts, unless it is to be hidden`() throws {
        let asserted = try invite(
            "sip:1@x", from: "\"Eve\" <sip:fake@b>;tag=1",
            fields: "P-Asserted-Identity: \"Ann\" <sip:+43664@b>\r\n")
        let party = OutsideIdentity(asserted).party
        #expect(party.number.text == "+43664")
        #expect(party.number.e164 == "+43664")
        #expect(party.personName == "Ann")
        let hidden = try invite(
            "sip:1@x", fields: "P-Asserted-Identity: <sip:+43664@b>\r\nPrivacy: id\r\n")
        #expect(OutsideIdentity(hidden).party.number.type == .withheld)
        #expect(OutsideIdentity(hidden).party.digits == "anonymous")
        let diverted = try invite(
            "sip:1@x", fields: "Diversion: <sip:+431@b>;reason=unconditional\r\n")
        #expect(OutsideIdentity(diverted).diverted.count == 1)
    }

    @Test func `the outside sees the number that the trunk's policy says`() throws {
        let caller = try #require(directory.party(ExtensionID(number: 1)))
        var settings = TrunkSettings(address: "sip:p.example", line: "line", number: "43155")
        func shown(_ own: String?, isHidden: Bool = false) -> ShownIdentity {
            ShownIdentity(
                caller, ownNumber: own, by: settings, host: .name("p.example"),
                isHidden: isHidden)
        }
        #expect(shown("431551").from.uri.text == "sip:431551@p.example")
        #expect(shown(nil).from.uri.text == "sip:43155@p.example")
        settings.callerID = .trunk
        #expect(shown("431551").from.uri.text == "sip:43155@p.example")
        settings.callerID = .inside
        #expect(shown("431551").from.uri.text == "sip:100@p.example")
        let hidden = shown(nil, isHidden: true)
        #expect(hidden.from.uri.text == "sip:anonymous@anonymous.invalid")
        #expect(hidden.fields[.privacy] == "id")
        #expect(hidden.fields[.pAssertedIdentity]?.contains("100@p.example") == true)
    }

    @Test func `seats are as many as the limit, and are given back once`() throws {
        var record = try #require(directory.trunk(TrunkID(number: 1)))
        record.settings.callLimit = 2
        let line = TrunkLine(record)
        var seats = (0..<3).map { _ in line.takeSeat() }
        #expect(seats.map { $0 != nil } == [true, true, false])
        seats[0]?.giveBack()
        seats[0]?.giveBack()
        #expect(line.callCount == 1)
        let again = line.takeSeat()
        #expect(again != nil)
        seats = []
        #expect(line.callCount == 1)
        again?.giveBack()
        #expect(line.callCount == 0)
    }

    @Test func `a password is never part of a text`() throws {
        var record = try #require(directory.trunk(TrunkID(number: 1)))
        record.password = TrunkPassword("very-secret")
        #expect(!"\(record)".contains("very-secret"))
        var dumped = ""
        dump(record, to: &dumped)
        #expect(!dumped.contains("very-secret"))
    }
}
