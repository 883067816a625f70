import Platform
import Testing

@testable import Media

/// Faxes on their way through the media core: relayed by T.38, or taken.
struct FaxRelayTests {
    private let datagram: [UInt8] = [0, 1, 2, 0xAA, 0xBB, 0, 1, 1, 0xCC]

    @discardableResult
    private func put(_ bytes: [UInt8], on ring: FaxRing) -> Bool { ring.write(bytes.span) }

    private func faxBench() -> RelayBench {
        let bench = RelayBench.bridged()
        bench.describe(bench.first, "192.0.2.10:4000", transport: .udptl)
        bench.describe(bench.second, "192.0.2.20:5000", transport: .udptl)
        return bench
    }

    @Test func `only what is UDPTL and comes from the party is relayed`() {
        let bench = faxBench()
        #expect(bench.arrive(datagram, at: 20_000, from: "192.0.2.66:4000").isEmpty)
        // Late sound of before, and what is too short or longer than it says.
        let sound = Packets.rtp(payload: [UInt8](repeating: 0xD5, count: 160))
        for odd in [sound, [], [0, 1], Array(datagram.dropLast()), datagram + [0, 0, 0, 0]] {
            #expect(bench.arrive(odd, at: 20_000, from: "192.0.2.10:4000").isEmpty)
        }
        #expect(
            bench.arrive(datagram, at: 20_000, from: "192.0.2.10:4000").map(\.bytes) == [datagram])
        // From then on that source alone.
        #expect(bench.arrive(datagram, at: 20_000, from: "192.0.2.10:4001").isEmpty)
        #expect(
            bench.arrive(datagram, at: 20_002, from: "192.0.2.20:5000").map(\.to)
                == [SocketAddress("192.0.2.10:4000")])
        let counters = bench.close(bench.first)
        #expect(counters?.packetsReceived == 1 && counters?.packetsSent == 1)
    }

    @Test func `sound is relayed again when the fax is over`() {
        let bench = faxBench()
        #expect(bench.arrive(datagram, at: 20_000, from: "192.0.2.10:4000").count == 1)
        bench.describe(bench.first, "192.0.2.10:4000")
        bench.describe(bench.second, "192.0.2.20:5000")
        bench.bridge()
        #expect(bench.arrive(datagram, at: 20_000, from: "192.0.2.10:4000").isEmpty)
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000").count == 1)
    }

    @Test func `a fax machine of ours hears datagrams, and its own go out on the beat`() {
        let bench = faxBench()
        let line = FaxLine(image: UDPTLTerms())
        bench.apply(.attend(bench.first, .fax(line)))
        #expect(bench.arrive(datagram, at: 20_000, from: "192.0.2.10:4000").isEmpty)
        #expect(line.heard.take { Array($0) } == datagram)
        #expect(put(datagram, on: line.spoken) && put([9, 9], on: line.spoken))
        bench.sockets.sent = []
        bench.tick(after: .milliseconds(20))
        #expect(bench.sockets.sent.map(\.bytes) == [datagram, [9, 9]])
        #expect(
            bench.sockets.sent.map(\.to) == [0, 1].map { _ in SocketAddress("192.0.2.10:4000") })
        _ = bench.log.take()
        line.end()
        bench.tick(after: .milliseconds(20))
        bench.tick(after: .milliseconds(20))
        #expect(bench.log.take() == [.finished(bench.first)])
        // It is not deaf to what a description changes: back to sound nothing goes out as T.38.
        bench.describe(bench.first, "192.0.2.10:4000")
        put(datagram, on: line.spoken)
        bench.sockets.sent = []
        bench.tick(after: .milliseconds(20))
        #expect(bench.sockets.sent.isEmpty)
    }

    @Test func `by sound frames go both ways on each beat, silence where there are none`() throws {
        let party = SoundParty()
        let leg = try party.add(SoundFormat(payloadType: 8, kind: .pcma), hertz: 1_100)
        let line = FaxLine()
        party.bench.apply(.attend(leg, .fax(line)))
        var detector = FaxToneDetector()
        var tones: [FaxTone] = []
        var frame = [Int16](repeating: 0, count: FaxLine.frameSize)
        for _ in 0..<50 {
            party.talk(milliseconds: 20)
            var samples = frame.mutableSpan
            while line.heard.takeFrame(into: &samples) {
                if let tone = detector.hear(samples.span) { tones.append(tone) }
            }
        }
        #expect(tones == [.calling])
        #expect(line.heard.droppedCount == 0)
    }

    @Test
    func `what a party wants of T.38 is answered its way, and training that ends here is not`() {
        let wanted: [(String, UDPTLRecovery)] = [
            ("t38UDPRedundancy", .redundancy(3)), ("t38UDPFEC", .parity(span: 3)),
            ("T38UDPNOEC", .redundancy(0)), ("no such thing", .redundancy(3)),
        ]
        for (text, recovery) in wanted {
            let terms = UDPTLTerms([
                .other(name: "t38faxudpec", value: text),
                .other(name: "T38FaxMaxDatagram", value: "200"),
            ])
            #expect(terms == UDPTLTerms(recovery: recovery, longest: 200))
            #expect(terms?.answered == UDPTLTerms(recovery: recovery))
            #expect(UDPTLTerms(terms?.attributes ?? []) == terms)
        }
        #expect(UDPTLTerms([.other(name: "T38FaxMaxDatagram", value: "-9e9")])?.longest == 0)
        #expect(UDPTLTerms([.other(name: "T38FaxRateManagement", value: "localTCF")]) == nil)
    }

    @Test func `a party that must be encrypted is given no T.38, which is in the clear`() throws {
        let policy = CodecPolicy(
            security: SecurityPolicy(demand: .required, offersKeys: true))
        var negotiation = MediaNegotiation(policy: policy, identifier: 1)
        let here = SocketAddress(address: .loopbackV4, port: 20_000)
        let local = [LocalStream(rtp: here, rtcp: here)]
        #expect(throws: NegotiationError.nothingInCommon) {
            try negotiation.makeOffer(from: .image(), local: local)
        }
        let offer = try SessionDescription(
            parsing: Array(
                "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
                    .utf8) + Array("m=image 4000 udptl t38\r\n".utf8))
        #expect(throws: NegotiationError.self) { try negotiation.receiveOffer(offer) }
        #expect(!policy.allowsImage && CodecPolicy.standard.allowsImage)
    }
}
