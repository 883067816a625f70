import Platform
import SIPStack
import Testing

@testable import PBX

@Suite struct BindingsTests {
    private static let now = Instant(nanoseconds: 1_000_000_000)

    private func contact(
        _ uri: String, instance: String? = nil, regID: UInt32? = nil, expires: UInt32? = nil,
        q: Int? = nil
    ) -> NameAddress {
        var contact = NameAddress(uri: (try? URI(uri)) ?? .other(scheme: "bad", rest: uri))
        contact.instance = instance
        contact.registrationID = regID
        contact.expires = expires
        contact.q = q
        return contact
    }

    private func flow(_ port: UInt16, connection: UInt64 = 0) -> Flow {
        Flow(
            transport: connection == 0 ? .udp : .tcp, listener: 0,
            local: SocketAddress(address: .loopbackV4, port: 5060),
            remote: SocketAddress(address: .loopbackV4, port: port), connection: connection)
    }

    private func registration(
        _ contacts: [NameAddress], removesAll: Bool = false, expires: UInt32? = 600,
        sipCallID: String = "a", sequence: UInt32 = 1, flow: Flow? = nil, device: Int64 = 1,
        isSymmetric: Bool = false
    ) -> Bindings.Registration {
        Bindings.Registration(
            contacts: contacts, removesAll: removesAll, expires: expires, path: [],
            sipCallID: sipCallID, sequence: sequence, flow: flow ?? self.flow(5070),
            device: DeviceID(number: device), userAgent: "test", isSymmetric: isSymmetric)
    }

    @Test func `several contacts stand side by side, each with its own expiry`() throws {
        var bindings = Bindings()
        try bindings.apply(
            registration([
                contact("sip:101@192.0.2.1"), contact("sip:101@192.0.2.2", expires: 60),
            ]), now: Self.now)
        #expect(
            bindings.all.map(\.expires) == [
                Self.now + .seconds(600), Self.now + .seconds(60),
            ])
        bindings.expire(now: Self.now + .seconds(60))
        #expect(bindings.all.map(\.contact.uri.text) == ["sip:101@192.0.2.1"])
    }

    @Test func `the same contact again is refreshed, not doubled (RFC 3261 §19.1.4)`() throws {
        var bindings = Bindings()
        try bindings.apply(registration([contact("sip:101@example.com")]), now: Self.now)
        try bindings.apply(
            registration([contact("sip:101@EXAMPLE.com")], sequence: 2), now: Self.now)
        #expect(bindings.all.count == 1)
    }

    @Test func `a contact that stands twice in one REGISTER is bound once, and refreshed`() throws {
        var bindings = Bindings()
        let twice = [contact("sip:101@192.0.2.1:5060"), contact("sip:101@192.0.2.1:5060;line=2")]
        try bindings.apply(registration(twice), now: Self.now)
        try bindings.apply(registration(twice, sequence: 2), now: Self.now)
        #expect(bindings.all.count == 1)
        #expect(throws: Bindings.Refusal.outOfOrder) {
            try bindings.apply(self.registration(twice, sequence: 2), now: Self.now)
        }
    }

    @Test func `a lower CSeq of the same Call-ID changes nothing (§10.3 step 7)`() throws {
        var bindings = Bindings()
        try bindings.apply(
            registration([contact("sip:101@192.0.2.1")], sequence: 5), now: Self.now)
        let before = bindings
        #expect(throws: Bindings.Refusal.outOfOrder) {
            try bindings.apply(
                registration([contact("sip:101@192.0.2.1", expires: 0)], sequence: 5),
                now: Self.now)
        }
        #expect(bindings == before)
        try bindings.apply(
            registration([contact("sip:101@192.0.2.1")], sipCallID: "b", sequence: 1),
            now: Self.now)
    }

    @Test func `a REGISTER is applied wholly or not at all`() throws {
        var bindings = Bindings()
        #expect(throws: Bindings.Refusal.tooBrief(least: Bindings.shortest)) {
            try bindings.apply(
                registration([
                    contact("sip:101@192.0.2.1"), contact("sip:101@192.0.2.2", expires: 1),
                ]), now: Self.now)
        }
        #expect(bindings.all.isEmpty)
    }

    @Test func `star with Expires 0 removes all, star with anything else is malformed`() throws {
        var bindings = Bindings()
        try bindings.apply(registration([contact("sip:101@192.0.2.1")]), now: Self.now)
        #expect(throws: Bindings.Refusal.malformed) {
            try bindings.apply(
                registration([], removesAll: true, expires: 60, sequence: 2), now: Self.now)
        }
        try bindings.apply(
            registration([], removesAll: true, expires: 0, sequence: 2), now: Self.now)
        #expect(bindings.all.isEmpty)
    }

    @Test func `expires 0 removes that contact only`() throws {
        var bindings = Bindings()
        try bindings.apply(
            registration([contact("sip:101@192.0.2.1"), contact("sip:101@192.0.2.2")]),
            now: Self.now)
        try bindings.apply(
            registration([contact("sip:101@192.0.2.1", expires: 0)], sequence: 2), now: Self.now)
        #expect(bindings.all.map(\.contact.uri.text) == ["sip:101@192.0.2.2"])
    }

    @Test func `more contacts than the limit are refused`() {
        var bindings = Bindings()
        let many = (0...Bindings.limit).map { contact("sip:101@192.0.2.\($0)") }
        #expect(throws: Bindings.Refusal.tooMany) {
            try bindings.apply(registration(many), now: Self.now)
        }
    }

    @Test func `a contact that is no SIP URI is malformed`() {
        var bindings = Bindings()
        #expect(throws: Bindings.Refusal.malformed) {
            try bindings.apply(registration([contact("mailto:x@example.com")]), now: Self.now)
        }
    }

    @Test func `two flows of one instance are alternatives, newest first (RFC 5626)`() throws {
        var bindings = Bindings()
        let urn = "urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF"
        try bindings.apply(
            registration(
                [contact("sip:101@192.0.2.1", instance: urn, regID: 1)], flow: flow(1)),
            now: Self.now)
        try bindings.apply(
            registration(
                [contact("sip:101@192.0.2.1", instance: urn, regID: 2)], sipCallID: "b",
                flow: flow(2)),
            now: Self.now + .seconds(1))
        let targets = bindings.ringTargets(now: Self.now + .seconds(2))
        #expect(targets.map { $0.map(\.flow.remote.port) } == [[2, 1]])
    }

    @Test func `a rebooted device replaces its old contact by its instance`() throws {
        var bindings = Bindings()
        let urn = "urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF"
        try bindings.apply(
            registration([contact("sip:101@192.0.2.1:1000", instance: urn)]), now: Self.now)
        try bindings.apply(
            registration([contact("sip:101@192.0.2.1:2000", instance: urn)], sipCallID: "b"),
            now: Self.now)
        #expect(bindings.all.map(\.contact.uri.text) == ["sip:101@192.0.2.1:2000"])
    }

    @Test func `contacts ring in the order of their q`() throws {
        var bindings = Bindings()
        try bindings.apply(
            registration([
                contact("sip:101@192.0.2.1", q: 300), contact("sip:101@192.0.2.2", q: 900),
            ]), now: Self.now)
        let hosts = bindings.ringTargets(now: Self.now).map { $0.first?.uri.text }
        #expect(hosts == ["sip:101@192.0.2.2", "sip:101@192.0.2.1"])
    }

    @Test func `a binding whose connection is gone does not ring until it registers again`() throws
    {
        var bindings = Bindings()
        let stream = flow(4000, connection: 9)
        try bindings.apply(
            registration([contact("sip:101@192.0.2.1;transport=tcp")], flow: stream),
            now: Self.now)
        let lost = bindings.lose(stream)
        #expect(lost)
        #expect(bindings.ringTargets(now: Self.now).isEmpty)
        try bindings.apply(
            registration(
                [contact("sip:101@192.0.2.1;transport=tcp")], sequence: 2,
                flow: flow(4001, connection: 10)), now: Self.now)
        #expect(bindings.ringTargets(now: Self.now).count == 1)
    }

    @Test func `a phone behind NAT is called by its flow, one in the open at its Contact`() throws {
        var bindings = Bindings()
        try bindings.apply(registration([contact("sip:101@192.168.1.5:5060")]), now: Self.now)
        #expect(bindings.all.map(\.destination) == [.flow(flow(5070))])
        var open = Bindings()
        try open.apply(registration([contact("sip:101@127.0.0.1:5099")]), now: Self.now)
        #expect(
            open.all.map(\.destination) == [
                .address(.udp, SocketAddress(address: .loopbackV4, port: 5099))
            ])
    }

    @Test func `a phone that asks for rport is called by its flow, whatever its Contact says`()
        throws
    {
        var bindings = Bindings()
        // A box has rewritten the Contact's address to its own, and left the port of the inside.
        try bindings.apply(
            registration([contact("sip:101@127.0.0.1:5060")], isSymmetric: true), now: Self.now)
        #expect(bindings.all.map(\.destination) == [.flow(flow(5070))])
    }

    @Test func `two homes with the same private address are two places, the same device one`()
        throws
    {
        var bindings = Bindings()
        let shared = contact("sip:101@192.168.1.2:5060")
        try bindings.apply(registration([shared], flow: flow(5070), device: 1), now: Self.now)
        try bindings.apply(
            registration([shared], sipCallID: "b", flow: flow(5071), device: 2), now: Self.now)
        #expect(bindings.all.map(\.flow) == [flow(5070), flow(5071)])
        let keys = Set(
            bindings.all.map {
                BindingKey.name(
                    contact: $0.contact.uri.text, deviceID: $0.device, instanceID: nil, regID: nil)
            })
        #expect(keys.count == 2, "each has a row of its own")
        // Its box forgot it: it comes by another flow, and replaces what it was.
        try bindings.apply(
            registration([shared], sequence: 2, flow: flow(5072), device: 1), now: Self.now)
        #expect(bindings.all.map(\.flow) == [flow(5072), flow(5071)])
        // The same place under new credentials is no second place.
        try bindings.apply(
            registration([shared], sipCallID: "c", flow: flow(5071), device: 3), now: Self.now)
        #expect(bindings.all.map(\.device.number) == [1, 3])
    }

    @Test func `the longest registration is cut to two hours`() throws {
        var bindings = Bindings()
        try bindings.apply(
            registration([contact("sip:101@192.0.2.1", expires: .max)]), now: Self.now)
        #expect(bindings.nextExpiry == Self.now + .seconds(7200))
    }
}
