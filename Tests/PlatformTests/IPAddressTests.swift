import Platform
import Testing

@Suite struct IPAddressTests {
    /// What is written, and how it is written back: RFC 5952 §1, §4 and §5.
    @Test(arguments: [
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8::1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:0db8::1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8:0:0:1::1", "2001:db8::1:0:0:1"),
        ("2001:db8:0000:0:1::1", "2001:db8::1:0:0:1"),
        ("2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"),
        ("2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"),
        ("2001:db8:aaaa:bbbb:cccc:dddd:eeee:001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"),
        ("2001:db8:aaaa:bbbb:cccc:dddd::1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1"),
        ("2001:db8:0:0:0::1", "2001:db8::1"),
        ("2001:db8:0:0::1", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:AAAA::1", "2001:aaaa::1"),
        ("0:0:0:0:0:0:0:0", "::"),
        ("::1", "::1"),
        ("1::", "1::"),
        ("0:0:1::", "0:0:1::"),
        ("1:0:0:2:0:0:3:4", "1::2:0:0:3:4"),
        ("fe80:0:0:0:0:0:0:1", "fe80::1"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ])
    func `an IPv6 address is written as RFC 5952 says`(given: String, written: String) throws {
        let address = try #require(IPAddress(given))
        #expect(address.description == written)
        #expect(IPAddress(written) == address)
    }

    @Test(
        arguments: [
            ("127.0.0.1", 0x7F00_0001), ("0.0.0.0", 0), ("255.255.255.255", 0xFFFF_FFFF),
            ("192.0.2.33", 0xC000_0221), ("010.001.002.003", 0x0A01_0203),
        ] as [(String, UInt32)])
    func `an IPv4 address has four decimal parts, zeros before them allowed`(
        text: String, bits: UInt32
    ) {
        #expect(IPAddress(text)?.v4 == bits)
        #expect(IPAddress(IPAddress(v4: bits).description) == IPAddress(v4: bits))
    }

    @Test func `addresses of no Internet are private`() throws {
        for text in [
            "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.7.7", "100.64.0.1",
            "100.127.255.255", "169.254.1.1", "fd00::1", "fe80::1",
        ] {
            #expect(try #require(IPAddress(text)).isPrivate, "\(text)")
        }
        for text in [
            "11.0.0.1", "172.15.255.255", "172.32.0.1", "192.167.1.1", "192.169.1.1",
            "100.63.255.255", "100.128.0.1", "203.0.113.5", "2001:db8::1", "fec0::1",
        ] {
            #expect(try #require(IPAddress(text)).isPrivate == false, "\(text)")
        }
    }

    @Test func `an IPv4 address inside IPv6 is the IPv4 address`() {
        #expect(IPAddress("::ffff:192.0.2.33") == IPAddress("192.0.2.33"))
        #expect(IPAddress("::ffff:c000:221")?.description == "192.0.2.33")
        #expect(IPAddress("::192.0.2.33")?.isIPv4 == false)
    }

    @Test(arguments: [
        "", " ", ":", ":::", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.", ".1.2.3", "1..2.3",
        "1.2.3.4 ", "1.2.3.-4", "1.2.3.+4", "1.2.3.0004", "a.b.c.d", "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "1::2::3", "1:2:3:4:5:6:7::8", "::1:2:3:4:5:6:7:8", "12345::", "g::",
        "1:", ":1", "1::2:", "[::1]", "fe80::1%eth0", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4", "::ffff:1.2.3.256", "１.2.3.4",
    ])
    func `what is no address is refused`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `random addresses survive being written and read`() {
        var generator = SeededGenerator(seed: 5952)
        for _ in 0..<5000 {
            // Groups of zeros often, so that every place of the gap is met.
            let groups = (0..<8).map { _ in
                generator.below(2) == 0 ? 0 : UInt64(generator.below(0x10000))
            }
            let address = IPAddress(
                high: groups[..<4].reduce(0) { $0 << 16 | $1 },
                low: groups[4...].reduce(0) { $0 << 16 | $1 })
            #expect(IPAddress(address.description) == address)
        }
    }

    @Test func `random bytes never trap the reader`() {
        var generator = SeededGenerator(seed: 4291)
        let alphabet = Array("0123456789abcdefABCDEF::::....%[]xyz \0".utf8) + [0xFF, 0xC3]
        for _ in 0..<20_000 {
            let bytes = (0..<generator.below(50)).map { _ in
                alphabet[generator.below(alphabet.count)]
            }
            _ = IPAddress(utf8: bytes)
        }
    }

    @Test func `unspecified, loopback and multicast addresses are known in both families`() throws {
        let claims: [(String, isUnspecified: Bool, isLoopback: Bool, isMulticast: Bool)] = [
            ("0.0.0.0", true, false, false), ("::", true, false, false),
            ("127.8.9.10", false, true, false), ("::1", false, true, false),
            ("224.0.1.75", false, false, true), ("239.255.255.255", false, false, true),
            ("ff02::1", false, false, true), ("240.0.0.1", false, false, false),
            ("192.0.2.1", false, false, false), ("fe80::1", false, false, false),
        ]
        for claim in claims {
            let address = try #require(IPAddress(claim.0))
            #expect(address.isUnspecified == claim.isUnspecified, "\(address)")
            #expect(address.isLoopback == claim.isLoopback, "\(address)")
            #expect(address.isMulticast == claim.isMulticast, "\(address)")
        }
    }
}

@Suite struct IPNetworkTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
        ("192.0.2.128/25", "192.0.2.128", true), ("192.0.2.128/25", "192.0.2.127", false),
        ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
        ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false),
        ("::/0", "2001:db8::1", true), ("::/0", "203.0.113.9", false),
        ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe00::1", false),
        ("2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff", true),
        ("2001:db8::/64", "2001:db8:0:1::", false),
        ("2001:db8::4/126", "2001:db8::7", true), ("2001:db8::4/126", "2001:db8::8", false),
        ("::1/128", "::1", true), ("::1", "::2", false),
    ])
    func `a block holds the addresses of its prefix and of its family`(
        block: String, address: String, isInside: Bool
    ) throws {
        let network = try #require(IPNetwork(block))
        #expect(network.contains(try #require(IPAddress(address))) == isInside)
    }

    @Test func `a block is written as it was read`() {
        for text in ["10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "fd00::/8", "::/0", "::1/128"] {
            #expect(IPNetwork(text)?.description == text)
        }
        #expect(IPNetwork("192.0.2.1")?.description == "192.0.2.1/32")
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8",
        "fd00::/129", "10.0.0/8", "/8", "10.0.0.0/ 8", "10.0.0.0/99999999999999999999",
    ])
    func `what is no block is refused`(text: String) {
        #expect(IPNetwork(text) == nil)
    }
}

@Suite struct SocketAddressTests {
    @Test(arguments: ["127.0.0.1:5060", "[::1]:5060", "0.0.0.0:0", "[2001:db8::1]:65535"])
    func `an address and port are written as they were read`(text: String) {
        #expect(SocketAddress(text)?.description == text)
    }

    @Test(arguments: [
        "", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
        "127.0.0.1: 1", "::1:5060", "[::1]", "[::1]5060", "[::1:5060", "::1]:5060",
        "[127.0.0.1]:5060", "[]:1", ":5060", "localhost:5060",
    ])
    func `what is no address and port is refused`(text: String) {
        #expect(SocketAddress(text) == nil)
    }
}
