import Platform
import Testing

@testable import SIPStack

struct CallIDSearchTests {
    static func hash(_ text: String) -> UInt64? { CallIDSearch.hash(in: Array(text.utf8)) }

    @Test(arguments: [
        "INVITE sip:a@b SIP/2.0\r\nCall-ID: abc@d\r\n\r\n",
        "INVITE sip:a@b SIP/2.0\r\nVia: x\r\ncALL-iD :\tabc@d \r\nTo: y\r\n\r\n",
        "SIP/2.0 200 OK\r\ni: abc@d\r\n\r\n",
        "SIP/2.0 200 OK\r\nI:abc@d\r\n\r\n",
        "SIP/2.0 200 OK\nCall-ID:\r\n  abc@d\r\n\r\n",
        "SIP/2.0 200 OK\nCall-ID:\n\tabc@d",
        "X\r\nInfo: 1\r\nCall-Info: <x>\r\nCall-ID:abc@d",
    ])
    func `the Call-ID is found in every form, with the hash of its text`(text: String) {
        #expect(Self.hash(text) == CallIDSearch.hash("abc@d"))
    }

    @Test(arguments: [
        "", "i", "\r\n", "INVITE sip:a@b SIP/2.0\r\n\r\ni: abc@d\r\n",
        "Call-IX: abc\r\n", "Call_ID: abc\r\n", "Call-ID", "Call-ID abc\r\n",
    ])
    func `a message without one has none`(text: String) {
        #expect(Self.hash(text) == nil)
    }

    @Test func `a field cut short at any byte does no harm`() {
        let text = Array("X\r\nCall-ID:\r\n  abc@d\r\n\r\n".utf8)
        for count in 0...text.count { _ = CallIDSearch.hash(in: Array(text[..<count])) }
    }

    @Test(
        .enabled(
            if: TortureFiles.areThere, "the torture messages are not in ../shared/torture here"),
        arguments: ["wsinv", "intmeth", "longreq", "esc01", "dblreq", "inv2543"])
    func `of a real message it is what the parser finds`(file: String) throws {
        let bytes = try TortureFiles.bytes(of: file)
        var parser = MessageParser()
        guard case .request(let request) = parser.parse(bytes, framing: .datagram) else {
            Issue.record("not read")
            return
        }
        #expect(CallIDSearch.hash(in: bytes) == CallIDSearch.hash(request.callID))
    }
}

struct ResponseRouteTests {
    let source = SocketAddress(address: IPAddress(v4: 0xCB00_7107), port: 40_000)

    func via(_ rport: Via.ResponsePort, port: UInt16? = 5070) -> Via {
        Via(
            transport: .udp, host: .name("phone.example.com"), port: port, branch: "z9hG4bK1",
            rport: rport)
    }

    @Test func `RFC 3261 §18.2.2 and RFC 3581: where responses to a datagram go`() {
        let flow = Fixture.flow(remote: source)
        #expect(ResponseRoute(to: via(.requested), on: flow).flow.remote == source)
        #expect(ResponseRoute(to: via(.port(40_000)), on: flow).flow.remote == source)
        #expect(ResponseRoute(to: via(.absent), on: flow).flow.remote.port == 5070)
        #expect(ResponseRoute(to: via(.absent, port: nil), on: flow).flow.remote.port == 5060)
        #expect(ResponseRoute(to: via(.absent), on: flow).flow.remote.address == source.address)
        #expect(ResponseRoute(to: via(.absent), on: flow).returnTarget == nil)
    }

    @Test func `responses go by the request's stream, and its sender can be called back`() {
        let flow = Fixture.flow(.tls, remote: source)
        let route = ResponseRoute(to: via(.absent, port: nil), on: flow)
        #expect(route.flow == flow)
        #expect(
            route.returnTarget
                == StreamTarget(
                    transport: .tls, remote: SocketAddress(address: source.address, port: 5061)))
        #expect(ResponseRoute(to: via(.absent), on: Fixture.flow(.wss)).returnTarget == nil)
    }

    @Test func `maddr aims nothing`() {
        var via = via(.requested)
        via.parameters["maddr"] = "198.51.100.1"
        #expect(
            ResponseRoute(to: via, on: Fixture.flow(remote: source)).flow.remote == source)
    }

    @Test func `received stands where sent-by is a name, another address, or rport is asked for`() {
        var named = via(.absent)
        named.fill(from: source)
        #expect(named.received == source.address)
        #expect(named.rport == .absent)
        var same = Via(
            transport: .udp, host: .ip(source.address), port: 5060, branch: "z9hG4bK1")
        same.received = .loopbackV4
        same.fill(from: source)
        #expect(same.received == nil)
        same.rport = .requested
        same.fill(from: source)
        #expect(same.received == source.address)
        #expect(same.rport == .port(40_000))
    }
}

struct StreamTableTests {
    let table = StreamTable(limits: .standard)
    let stream = Fixture.flow(.tcp)
    let target = StreamTarget(transport: .tcp, remote: Fixture.phone)

    @Test func `one attempt serves all shards that want the stream`() throws {
        guard case .begin(let attempt) = table.want(target, shard: 1) else {
            Issue.record("no attempt")
            return
        }
        #expect(table.want(target, shard: 0) == .underWay)
        #expect(table.want(target, shard: 0) == .underWay)
        let (place, shards) = try #require(table.opened(stream, attempt: attempt))
        #expect(place == target)
        #expect(shards == [1, 0])
        #expect(table.want(target, shard: 0) == .open(stream))
        #expect(table.opened(Fixture.flow(.tcp, connection: 9), attempt: attempt) == nil)
    }

    @Test func `after a refusal the next wish is a new attempt`() throws {
        guard case .begin(let attempt) = table.want(target, shard: 1) else {
            Issue.record("no attempt")
            return
        }
        #expect(table.refused(attempt)?.1 == [1])
        #expect(table.refused(attempt) == nil)
        #expect(
            table.want(target, shard: 0) == .begin(ConnectionAttempt(number: attempt.number + 1)))
    }

    @Test func `a stream is open from opened to closed; datagrams always are`() {
        #expect(!table.isOpen(stream))
        _ = table.opened(stream, attempt: nil)
        #expect(table.isOpen(stream))
        #expect(table.flow(to: target) == stream)
        #expect(table.closed(stream))
        #expect(!table.closed(stream))
        #expect(!table.isOpen(stream))
        #expect(table.flow(to: target) == nil)
        #expect(table.isOpen(Fixture.flow()))
    }
}
