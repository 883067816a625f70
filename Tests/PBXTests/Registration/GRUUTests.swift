import Platform
import SIPStack
import Testing

@testable import PBX

/// URIs that lead to one device of an extension (RFC 5627).
@Suite struct GRUUTests {
    private static let now = Instant(nanoseconds: 1_000_000_000)
    private static let desk = "urn:uuid:00000000-0000-4000-8000-00000000000a"
    private static let kitchen = "urn:uuid:00000000-0000-4000-8000-00000000000b"

    private let mint = GRUUMint(
        key: Array(repeating: 7, count: GRUUMint.keyLength), host: .name("office.example"))
    private let owner = ExtensionID(number: 4711)

    private func bindings() throws -> Bindings {
        var bindings = Bindings()
        for (port, instance) in [(5070, Self.desk), (5071, Self.kitchen)] {
            var contact = NameAddress(uri: try URI("sip:100@192.0.2.1:\(port)"))
            contact.instance = instance
            let flow = Flow(
                transport: .udp, listener: 0,
                local: SocketAddress(address: .loopbackV4, port: 5060),
                remote: SocketAddress(address: .loopbackV4, port: UInt16(port)), connection: 0)
            try bindings.apply(
                Bindings.Registration(
                    contacts: [contact], removesAll: false, expires: 600, path: [],
                    sipCallID: "call of \(port)", sequence: 1, flow: flow,
                    device: DeviceID(number: 1), userAgent: "test"), now: Self.now)
        }
        return bindings
    }

    private func temporary(_ instance: String, of sipCallID: String, salt: UInt64 = 1) -> SIPURI? {
        mint.temporaryURI(of: owner, instance: instance, sipCallID: sipCallID, salt: salt).sip
    }

    @Test func `RFC 5627 §3.1.1: a public GRUU is the AoR with the device's instance`() throws {
        let uri = mint.publicURI(of: number("100"), instance: Self.desk)
        #expect(uri.text == "sip:100@office.example;gr=\(Self.desk)")
        #expect(try URI(uri.text).sip?.gruu == Self.desk)
        let odd = mint.publicURI(of: number("100"), instance: "a;b=c>d")
        #expect(try URI(odd.text).sip?.gruu == "a;b=c>d")
    }

    @Test func `a public GRUU rings that device alone, and none where it is away`() throws {
        let bindings = try bindings()
        let meant = bindings.ringTargets(of: .instance(Self.kitchen), now: Self.now)
        #expect(meant.map { $0.map(\.uri.text) } == [["sip:100@192.0.2.1:5071"]])
        #expect(bindings.ringTargets(of: .instance("urn:uuid:nobody"), now: Self.now).isEmpty)
        #expect(bindings.ringTargets(now: Self.now).count == 2)
    }

    @Test func `§3.1.2: a temporary GRUU names nobody, and no two can be told to be of one device`()
        throws
    {
        let one = try #require(temporary(Self.desk, of: "call of 5070", salt: 1))
        let other = try #require(temporary(Self.desk, of: "call of 5070", salt: 2))
        #expect(one.isGRUU && one.gruu == nil)
        #expect(!URI.sip(one).text.contains("100@"))
        let pairs = zip(Array((one.user ?? "").utf8), Array((other.user ?? "").utf8))
        #expect(pairs.filter { $0 != $1 }.count > 40)
    }

    @Test func `a temporary GRUU rings its device, for as long as the registration's Call-ID`()
        throws
    {
        let bindings = try bindings()
        let read = try #require(
            temporary(Self.desk, of: "call of 5070").flatMap(mint.read))
        #expect(read.extensionID == owner)
        let meant = bindings.ringTargets(of: .registration(mark: read.mark), now: Self.now)
        #expect(meant.map { $0.map(\.uri.text) } == [["sip:100@192.0.2.1:5070"]])
        let former = try #require(temporary(Self.desk, of: "another").flatMap(mint.read))
        #expect(bindings.ringTargets(of: .registration(mark: former.mark), now: Self.now).isEmpty)
    }

    @Test func `what was changed, or made by others, is no temporary GRUU of ours`() throws {
        let uri = try #require(temporary(Self.desk, of: "a"))
        let text = try #require(uri.user)
        for index in text.utf8.indices {
            var changed = Array(text.utf8)
            let place = text.utf8.distance(from: text.utf8.startIndex, to: index)
            changed[place] = changed[place] == UInt8(ascii: "0") ? UInt8(ascii: "1") : 48
            var forged = uri
            forged.user = String(decoding: changed, as: UTF8.self)
            #expect(mint.read(forged) == nil, "\(index)")
        }
        let other = GRUUMint(
            key: Array(repeating: 8, count: GRUUMint.keyLength), host: .name("office.example"))
        #expect(other.read(uri) == nil)
        for text in ["tgruu.", "tgruu.00", "tgruu." + String(repeating: "0", count: 64), "100"] {
            #expect(mint.read(SIPURI(user: text, host: .name("office.example"))) == nil)
        }
    }

    @Test func `§5.3: who supports them gets both in the 200, others none`() throws {
        let register = Request(
            method: .register, uri: try URI("sip:office.example"),
            from: NameAddress(uri: try URI("sip:100@office.example")),
            to: NameAddress(uri: try URI("sip:100@office.example")), callID: "a",
            cSeq: CSeq(number: 1, method: .register))
        var answer = RegisterAnswer(to: register, bindings: try bindings(), now: Self.now)
        #expect(
            answer.success.contacts.allSatisfy { $0.parameters["pub-gruu"] == nil })
        let (mint, owner) = (mint, owner)
        answer.gruus = { binding in
            binding.instance.map {
                (
                    mint.publicURI(of: number("100"), instance: $0),
                    mint.temporaryURI(
                        of: owner, instance: $0, sipCallID: binding.sipCallID, salt: 3)
                )
            }
        }
        let contacts = answer.success.contacts
        #expect(
            contacts.map { $0.parameters["pub-gruu"] } == [
                "sip:100@office.example;gr=\(Self.desk)",
                "sip:100@office.example;gr=\(Self.kitchen)",
            ])
        #expect(contacts.allSatisfy { $0.parameters["temp-gruu"]?.hasSuffix(";gr") ?? false })
        #expect(contacts.map(\.instance) == [Self.desk, Self.kitchen])
    }
}
