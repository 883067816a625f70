import Platform
import Testing

@testable import SIPStack

/// Zones as a test writes them, and a search run through them.
struct Zones {
    var records: [NameQuestion: [NameRecord]] = [:]
    var failures: Set<NameQuestion> = []

    mutating func add(_ name: String, _ addresses: String...) {
        for text in addresses {
            guard let address = IPAddress(text) else { continue }
            let kind: NameQuestion.Kind = address.isIPv4 ? .a : .aaaa
            records[NameQuestion(name, kind), default: []].append(.address(address))
        }
    }

    mutating func add(
        srv name: String, _ target: String, port: UInt16, priority: UInt16 = 0, weight: UInt16 = 0
    ) {
        records[NameQuestion(name, .srv), default: []].append(
            .srv(SRVRecord(priority: priority, weight: weight, port: port, target: target)))
    }

    mutating func add(
        naptr name: String, _ spoken: String, _ replacement: String, order: UInt16 = 0,
        preference: UInt16 = 0, flags: String = "s"
    ) {
        records[NameQuestion(name, .naptr), default: []].append(
            .naptr(
                NAPTRRecord(
                    order: order, preference: preference, flags: flags, spoken: spoken,
                    replacement: replacement)))
    }

    func answer(to question: NameQuestion) -> NameAnswer {
        if failures.contains(question) { return .failed(.refused) }
        guard let found = records[question] else { return .nothing(lifetime: .seconds(60)) }
        return .records(found, lifetime: .seconds(60))
    }

    /// Runs a search to its end: what it found, and what it asked on the way.
    func search(
        _ text: String, seed: UInt64 = 1
    ) throws -> (result: Result<[NextHop], LocationFailure>, asked: [NameQuestion]) {
        guard case .sip(let uri) = try URI(text) else { throw NoSIPURI() }
        var search = HopSearch(uri, seed: seed)
        var asked: [NameQuestion] = []
        var effects = search.handle(.begin)
        while !effects.isEmpty {
            switch effects.removeFirst() {
            case .ask(let question):
                asked.append(question)
                effects += search.handle(.answered(question, answer(to: question)))
            case .found(let hops): return (.success(hops), asked)
            case .failed(let failure): return (.failure(failure), asked)
            }
        }
        throw NoEnd()
    }

    func hops(_ text: String, seed: UInt64 = 1) throws -> [String] {
        try search(text, seed: seed).result.get().map(\.description)
    }
}

struct NoSIPURI: Error {}
struct NoEnd: Error {}

@Suite struct HopSearchTests {
    @Test(arguments: [
        ("sip:192.0.2.1", "udp:192.0.2.1:5060"),
        ("sip:192.0.2.1:5070", "udp:192.0.2.1:5070"),
        ("sip:192.0.2.1;transport=tcp", "tcp:192.0.2.1:5060"),
        ("sip:192.0.2.1;transport=TLS", "tls:192.0.2.1:5061"),
        ("sips:192.0.2.1", "tls:192.0.2.1:5061"),
        ("sips:192.0.2.1;transport=tcp", "tls:192.0.2.1:5061"),
        ("sip:[2001:db8::1]", "udp:[2001:db8::1]:5060"),
        ("sip:[2001:db8::1]:5080;transport=tcp", "tcp:[2001:db8::1]:5080"),
        ("sip:ignored.example;maddr=192.0.2.9", "udp:192.0.2.9:5060"),
    ])
    func `a numeric host is asked of nobody, RFC 3263 §4.1 and §4.2`(
        text: String, expected: String
    ) throws {
        let (result, asked) = try Zones().search(text)
        #expect(try result.get().map(\.description) == [expected])
        #expect(asked.isEmpty)
    }

    @Test func `an explicit port leaves out NAPTR and SRV`() throws {
        var zones = Zones()
        zones.add("sip.example", "192.0.2.1")
        zones.add(srv: "_sip._udp.sip.example", "elsewhere.example", port: 9)
        let (result, asked) = try zones.search("sip:sip.example:5070")
        #expect(try result.get().map(\.description) == ["udp:192.0.2.1:5070"])
        #expect(asked == [NameQuestion("sip.example", .aaaa), NameQuestion("sip.example", .a)])
        #expect(try zones.hops("sips:sip.example:5070") == ["tls:192.0.2.1:5070"])
    }

    @Test func `a named transport leaves out NAPTR and asks for its SRV alone`() throws {
        var zones = Zones()
        zones.add(srv: "_sip._tcp.example.com", "one.example", port: 5090)
        zones.add(srv: "_sips._tcp.example.com", "two.example", port: 5091)
        zones.add("one.example", "192.0.2.1")
        zones.add("two.example", "192.0.2.2")
        #expect(try zones.hops("sip:example.com;transport=tcp") == ["tcp:192.0.2.1:5090"])
        #expect(try zones.hops("sip:example.com;transport=tls") == ["tls:192.0.2.2:5091"])
        let (_, asked) = try zones.search("sip:example.com;transport=tcp")
        #expect(asked.first == NameQuestion("_sip._tcp.example.com", .srv))
    }

    @Test func `NAPTR chooses the transports by order and preference, RFC 3263 §4.1`() throws {
        var zones = Zones()
        zones.add(naptr: "example.com", "SIP+D2U", "_sip._udp.example.com", order: 100)
        zones.add(naptr: "example.com", "SIPS+D2T", "_sips._tcp.example.com", order: 50)
        zones.add(
            naptr: "example.com", "SIP+D2T", "_sip._tcp.example.com", order: 90, preference: 2)
        zones.add(naptr: "example.com", "SIP+D2S", "_sip._sctp.example.com", order: 1)
        zones.add(naptr: "example.com", "E2U+sip", "x.example.com", order: 0, flags: "u")
        zones.add(srv: "_sips._tcp.example.com", "a.example", port: 5061)
        zones.add(srv: "_sip._tcp.example.com", "a.example", port: 5060)
        zones.add(srv: "_sip._udp.example.com", "a.example", port: 5060)
        zones.add("a.example", "192.0.2.1")
        #expect(
            try zones.hops("sip:example.com") == [
                "tls:192.0.2.1:5061", "tcp:192.0.2.1:5060", "udp:192.0.2.1:5060",
            ])
        // A secure URI is served by TLS alone.
        #expect(try zones.hops("sips:example.com") == ["tls:192.0.2.1:5061"])
    }

    @Test func `without NAPTR each transport's SRV is asked for, UDP first`() throws {
        var zones = Zones()
        zones.add(srv: "_sip._udp.example.com", "a.example", port: 5060)
        zones.add(srv: "_sip._tcp.example.com", "b.example", port: 5062)
        zones.add("a.example", "192.0.2.1")
        zones.add("b.example", "192.0.2.2")
        #expect(
            try zones.hops("sip:example.com") == ["udp:192.0.2.1:5060", "tcp:192.0.2.2:5062"])
    }

    @Test func `without any record of a protocol the name's own addresses serve`() throws {
        var zones = Zones()
        zones.add("example.com", "192.0.2.1", "192.0.2.2")
        #expect(
            try zones.hops("sip:example.com") == ["udp:192.0.2.1:5060", "udp:192.0.2.2:5060"])
        #expect(try zones.hops("sips:example.com").first == "tls:192.0.2.1:5061")
        #expect(try zones.hops("sip:example.com;transport=tcp").first == "tcp:192.0.2.1:5060")
    }

    @Test func `an SRV of the root says that there is decidedly none, RFC 2782`() throws {
        var zones = Zones()
        zones.add("example.com", "192.0.2.1")
        zones.add(srv: "_sip._udp.example.com", "", port: 0)
        let (result, _) = try zones.search("sip:example.com;transport=udp")
        #expect(result == .failure(.noSuchName("example.com")))
    }

    @Test func `addresses of both families alternate, IPv6 first`() throws {
        var zones = Zones()
        zones.add("a.example", "192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1")
        #expect(
            try zones.hops("sip:a.example:5060") == [
                "udp:[2001:db8::1]:5060", "udp:192.0.2.1:5060", "udp:192.0.2.2:5060",
                "udp:192.0.2.3:5060",
            ])
    }

    @Test func `priorities come in order, whatever the weights`() throws {
        var zones = Zones()
        for (name, priority, weight): (String, UInt16, UInt16) in [
            ("c.example", 30, 65_535), ("a.example", 10, 0), ("b.example", 20, 500),
        ] {
            zones.add(
                srv: "_sip._udp.example.com", name, port: 5060, priority: priority,
                weight: weight)
        }
        zones.add("a.example", "192.0.2.1")
        zones.add("b.example", "192.0.2.2")
        zones.add("c.example", "192.0.2.3")
        for seed in UInt64(0)..<50 {
            #expect(
                try zones.hops("sip:example.com;transport=udp", seed: seed) == [
                    "udp:192.0.2.1:5060", "udp:192.0.2.2:5060", "udp:192.0.2.3:5060",
                ])
        }
    }

    @Test func `a failed question is told apart from a name that does not exist`() throws {
        var zones = Zones()
        zones.failures = [NameQuestion("a.example", .a)]
        let (failed, _) = try zones.search("sip:a.example:5060")
        #expect(failed == .failure(.unanswered("a.example", .refused)))
        let (none, _) = try zones.search("sip:b.example:5060")
        #expect(none == .failure(.noSuchName("b.example")))
    }

    @Test func `one family's failure leaves the other`() throws {
        var zones = Zones()
        zones.failures = [NameQuestion("a.example", .aaaa)]
        zones.add("a.example", "192.0.2.1")
        #expect(try zones.hops("sip:a.example:5060") == ["udp:192.0.2.1:5060"])
    }

    @Test(arguments: ["sip:a.example;transport=ws", "sip:a.example;transport=sctp"])
    func `a transport that we can't open is named`(text: String) throws {
        let (result, asked) = try Zones().search(text)
        guard case .failure(.unsupportedTransport) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(asked.isEmpty)
    }

    @Test func `addresses that lead nowhere are left out, and each hop comes once`() throws {
        var zones = Zones()
        zones.add("a.example", "0.0.0.0", "224.0.0.1", "192.0.2.1")
        zones.add(srv: "_sip._udp.example.com", "a.example", port: 5060, weight: 1)
        zones.add(srv: "_sip._udp.example.com", "192.0.2.1", port: 5060, weight: 2)
        #expect(try zones.hops("sip:example.com;transport=udp") == ["udp:192.0.2.1:5060"])
    }

    @Test func `the hops of a domain are bounded`() throws {
        var zones = Zones()
        for number in 0..<200 {
            zones.add(srv: "_sip._udp.example.com", "n\(number).example", port: 5060)
            zones.add("n\(number).example", "192.0.2.1", "2001:db8::\(number)")
        }
        let hops = try zones.hops("sip:example.com;transport=udp")
        #expect(hops.count == HopSearch.hopLimit)
    }

    @Test func `weights are shares, RFC 2782`() {
        let records = [
            SRVRecord(priority: 1, weight: 60, port: 1, target: "big"),
            SRVRecord(priority: 1, weight: 30, port: 1, target: "middle"),
            SRVRecord(priority: 1, weight: 10, port: 1, target: "small"),
            SRVRecord(priority: 1, weight: 0, port: 1, target: "least"),
        ]
        var firsts: [String: Int] = [:]
        let runs = 20_000
        for seed in 0..<UInt64(runs) {
            let ordered = WeightedOrder.ordered(records, seed: seed &* 0x9E37_79B9)
            #expect(ordered.count == 4)
            firsts[ordered[0].target, default: 0] += 1
        }
        func share(_ name: String) -> Double { Double(firsts[name] ?? 0) / Double(runs) }
        #expect(abs(share("big") - 0.6) < 0.02)
        #expect(abs(share("middle") - 0.3) < 0.02)
        #expect(abs(share("small") - 0.1) < 0.02)
        // One drawn number in 101 is 0: theirs.
        #expect(share("least") > 0.002 && share("least") < 0.03)
    }

    @Test func `the same seed gives the same order, however the answer was turned`() {
        let records = (0..<8).map {
            SRVRecord(priority: 1, weight: 10, port: 1, target: "n\($0)")
        }
        let one = WeightedOrder.ordered(records, seed: 7)
        #expect(WeightedOrder.ordered(records.reversed(), seed: 7) == one)
        #expect((0..<20).contains { WeightedOrder.ordered(records, seed: $0) != one })
    }
}
