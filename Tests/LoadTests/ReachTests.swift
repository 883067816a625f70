import Platform
import Testing

@testable import pbxload

/// Which addresses are loaded without permission, with it, or never.
@Suite struct ReachTests {
    @Test(arguments: [
        ("127.0.0.1", Reach.loopback), ("127.255.255.254", .loopback), ("::1", .loopback),
        ("::ffff:127.0.0.1", .loopback),
        ("10.0.0.1", .ours), ("10.255.255.255", .ours), ("172.16.0.1", .ours),
        ("172.31.255.255", .ours), ("192.168.0.1", .ours), ("169.254.1.1", .ours),
        ("::ffff:192.168.1.1", .ours), ("fc00::1", .ours), ("fdff::1", .ours), ("fe80::1", .ours),
        ("febf::1", .ours),
        ("8.8.8.8", .others), ("11.0.0.0", .others), ("9.255.255.255", .others),
        ("172.15.255.255", .others), ("172.32.0.0", .others), ("192.167.255.255", .others),
        ("192.169.0.0", .others), ("126.255.255.255", .others), ("128.0.0.1", .others),
        ("100.64.0.1", .others), ("169.253.255.255", .others), ("192.0.2.1", .others),
        ("::ffff:8.8.8.8", .others), ("2001:4860:4860::8888", .others),
        // Forms that hide an IPv4 address: compatible, NAT64, 6to4 of 127.0.0.1.
        ("::127.0.0.1", .others), ("64:ff9b::7f00:1", .others), ("2002:7f00:1::", .others),
        ("fec0::1", .others), ("fbff::1", .others), ("fe00::1", .others), ("::2", .others),
        ("0.0.0.0", .nobody), ("0.1.2.3", .nobody), ("::", .nobody), ("224.0.1.75", .nobody),
        ("239.255.255.255", .nobody), ("240.0.0.1", .nobody), ("255.255.255.255", .nobody),
        ("ff02::1", .nobody), ("::ffff:0.0.0.0", .nobody), ("::ffff:224.0.0.1", .nobody),
    ])
    func `an address is loopback, ours, others' or nobody's`(text: String, reach: Reach) throws {
        let address = try #require(IPAddress(text))
        #expect(Reach(of: address) == reach)
    }

    @Test func `permission opens others' addresses and never nobody's`() {
        #expect(Reach.loopback.permits(public: false))
        #expect(Reach.ours.permits(public: false))
        #expect(!Reach.others.permits(public: false))
        #expect(Reach.others.permits(public: true))
        #expect(!Reach.nobody.permits(public: true))
    }
}
