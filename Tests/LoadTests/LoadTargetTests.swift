import Platform
import Testing

@testable import pbxload

/// What `--target` may say.
@Suite struct LoadTargetTests {
    @Test(arguments: [
        ("udp:127.0.0.1:5060", TransportKind.udp, "127.0.0.1", UInt16(5060)),
        ("tcp:[::1]:5070", .tcp, "::1", 5070),
        ("TLS:pbx.lan", .tls, "pbx.lan", 5061),
        ("udp:[fd00::7]", .udp, "fd00::7", 5060),
        ("udp:pbx", .udp, "pbx", 5060),
        ("tcp:0x7f.1:65535", .tcp, "0x7f.1", 65535),
    ])
    func `a target is a transport, a host and a port`(
        text: String, transport: TransportKind, host: String, port: UInt16
    ) throws {
        let target = try #require(LoadTarget(text))
        #expect(target.transport == transport)
        #expect(target.host == host)
        #expect(target.port == port)
    }

    @Test(arguments: [
        "", "udp", "udp:", "127.0.0.1:5060", "ws:127.0.0.1:80", "sctp:a:1", "udp::5060",
        "udp:a:0", "udp:a:65536", "udp:a:+1", "udp:a:-1", "udp:a:", "udp:::1", "udp:::1:5060",
        "udp:[::1", "udp:[::1]5060", "udp:[::1]:", "udp:[127.0.0.1]:5060", "udp:[pbx]:5060",
        "udp:a b:5060", "udp:a\r\nX:5060", "udp:a@b:5060", "udp:a;b:5060",
        "udp:" + String(repeating: "a", count: 254),
    ])
    func `anything else is no target`(text: String) {
        #expect(LoadTarget(text) == nil)
    }

    @Test func `an IPv6 host stands in brackets in a URI`() {
        #expect(LoadTarget("tcp:[::1]:5070")?.uriHost == "[::1]")
        #expect(LoadTarget("tcp:pbx.lan:5070")?.uriHost == "pbx.lan")
    }

    @Test func `an address in an odd form is judged as what it leads to`() throws {
        #expect(try NameLookup.address(of: "0x7f.1") == .loopbackV4)
        #expect(try NameLookup.address(of: "134744072") == IPAddress("8.8.8.8"))
    }
}
