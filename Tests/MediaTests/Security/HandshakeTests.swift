import Media
import Platform
import Testing

@testable import Media

/// Keys by handshake (RFC 5763): what descriptions say, and what the relay makes of it.
struct HandshakeTests {
    private static let words = (0..<32).map { _ in "AB" }.joined(separator: ":")
    private static let theirs = "a=fingerprint:SHA-256 \(words)"

    private func print(_ byte: UInt8) throws -> CertificateFingerprint {
        try #require(CertificateFingerprint(.sha256, [UInt8](repeating: byte, count: 32)))
    }

    private func description(
        _ setup: String?, address: String = "192.0.2.10", more: [String] = [theirs]
    ) throws -> SessionDescription {
        var made = try SDPTexts.audio(
            ["8"], address: address, more: more + (setup.map { ["a=setup:\($0)"] } ?? []))
        made.media[0].profile = TransportProfile("UDP/TLS/RTP/SAVP")
        return made
    }

    private func negotiation(
        _ demand: SecurityPolicy.Demand = .allowed, offers: Bool = false
    ) throws -> MediaNegotiation {
        let security = SecurityPolicy(
            demand: demand, offersKeys: false, fingerprint: try print(1), offersHandshake: offers)
        return MediaNegotiation(policy: CodecPolicy(security: security), identifier: 9)
    }

    @Test func `a fingerprint is read in any case and written as RFC 8122 has it`() throws {
        let read = try #require(CertificateFingerprint(parsing: "SHA-256 \(Self.words)"))
        #expect(read == (try print(0xAB)))
        #expect(read.text == "sha-256 \(Self.words)")
        for bad in [
            "sha-256", "md5 AB:CD", "sha-256 AB:CD", "sha-1 \(Self.words)",
            "sha-256 \(Self.words):AB", "sha-256 " + Self.words.replacing("AB", with: "+B"), "",
        ] {
            #expect(CertificateFingerprint(parsing: bad) == nil, "\(bad)")
        }
    }

    @Test(arguments: [
        ("actpass", "passive", false), ("active", "passive", false), ("passive", "active", true),
    ])
    func `an offer is answered with a role that fits`(
        offered: String, answered: String, begins: Bool
    ) throws {
        var pair = CallPair()
        pair.caller = try negotiation()
        _ = try pair.forward(description(offered))
        let answer = try pair.back(SDPTexts.audio(["8"], address: "192.0.2.20"))
        #expect(answer.media[0].profile == .dtlsSAVP)
        #expect(answer.setup(of: answer.media[0])?.rawValue == answered)
        #expect(answer.fingerprint(of: answer.media[0]) == (try print(1)))
        let terms = HandshakeTerms(begins: begins, fingerprint: try print(0xAB))
        let stream = pair.caller.streams(count: 1, signalling: nil)[0]
        #expect(stream.handshake == terms)
        #expect(stream.keys == nil)
    }

    @Test func `without a fingerprint, a role or the policy's leave there is no handshake`() throws
    {
        for offer in [
            try description("actpass", more: []), try description(nil),
            try description("holdconn"),
        ] {
            var made = try negotiation()
            #expect(throws: NegotiationError.nothingAcceptable(onlySecure: true)) {
                try made.receiveOffer(offer)
            }
        }
        var never = try negotiation(.never)
        let offer = try description("actpass")
        #expect(throws: NegotiationError.nothingAcceptable(onlySecure: true)) {
            try never.receiveOffer(offer)
        }
    }

    @Test func `a handshake that is offered leaves the role to the party`() throws {
        for (answered, begins) in [("active", false), ("passive", true)] {
            var pair = CallPair()
            pair.callee = try negotiation(.required, offers: true)
            let offer = try pair.forward(SDPTexts.audio(["8"]))
            #expect(offer.media[0].profile == .dtlsSAVP)
            #expect(offer.setup(of: offer.media[0]) == .either)
            #expect(offer.media[0].isRTCPMuxed)
            _ = try pair.back(description(answered, address: "192.0.2.20"))
            let stream = pair.callee.streams(count: 1, signalling: nil)[0]
            #expect(
                stream.handshake
                    == HandshakeTerms(begins: begins, fingerprint: try print(0xAB)))
        }
    }

    private func bench() throws -> (RelayBench, HandshakeTerms) {
        let bench = RelayBench.bridged()
        let terms = HandshakeTerms(begins: false, fingerprint: try print(0xAB))
        try describe(bench, terms)
        return (bench, terms)
    }

    private func describe(
        _ bench: RelayBench, _ terms: HandshakeTerms, isHeld: Bool = false
    ) throws {
        let address = try #require(SocketAddress("192.0.2.10:4000"))
        bench.apply(
            .describe(
                bench.first, stream: 0,
                StreamDescription(
                    transport: .rtp, remoteRTP: address, trustedSources: [address.address],
                    isMuxed: true, remoteReceives: !isHeld, remoteSends: !isHeld,
                    handshake: terms)))
    }

    @Test func `a hold amid the handshake does not begin it anew, and its keys count after it`()
        throws
    {
        let (bench, terms) = try bench()
        let hello: [UInt8] = [22, 0xFE, 0xFD, 1]
        _ = bench.arrive(hello, at: 20_000, from: "192.0.2.10:4444")
        try describe(bench, terms, isHeld: true)
        _ = bench.arrive(hello, at: 20_000, from: "192.0.2.10:4444")
        let begun = bench.sockets.handshakes.count { if case .begin = $0 { true } else { false } }
        #expect(begun == 1)
        let keys = SRTPKeyPair(
            sent: try SealedLine.key(.galois128, from: 5),
            received: try SealedLine.key(.galois128, from: 105))
        bench.apply(.secure(bench.first, stream: 0, terms, keys))
        let sealer = PacketSealer(keys.received)
        let before = try #require(SealedLine.seal(SealedLine.packet(1), with: sealer))
        #expect(bench.arrive(before, at: 20_000, from: "192.0.2.10:4444").isEmpty)
        #expect(bench.arrive(SealedLine.packet(1), at: 20_002, from: "192.0.2.20:5000").isEmpty)
        try describe(bench, terms)
        let packet = SealedLine.packet(2)
        let sealed = try #require(SealedLine.seal(packet, with: sealer))
        #expect(
            bench.arrive(sealed, at: 20_000, from: "192.0.2.10:4444").map(\.bytes) == [packet])
        let back = try #require(bench.arrive(packet, at: 20_002, from: "192.0.2.20:5000").first)
        #expect(SealedLine.open(back.bytes, with: PacketOpener(keys.sent)) == packet)
    }

    @Test func `nothing passes before there are keys, and everything encrypted after`() throws {
        let (bench, terms) = try bench()
        guard case .begin(bench.first, stream: 0, terms)? = bench.sockets.handshakes.first else {
            Issue.record("no handshake was begun")
            return
        }
        let hello: [UInt8] = [22, 0xFE, 0xFD, 1]
        #expect(bench.arrive(hello, at: 20_000, from: "192.0.2.10:4444").isEmpty)
        #expect(bench.arrive(hello, at: 20_000, from: "203.0.113.1:4444").isEmpty)
        #expect(bench.sockets.handshakes.count == 2)
        bench.sockets.sent = []
        bench.apply(.transmit(bench.first, stream: 0, hello))
        #expect(bench.sockets.sent.map(\.to) == [SocketAddress("192.0.2.10:4444")])
        let packet = SealedLine.packet(1)
        #expect(bench.arrive(packet, at: 20_000, from: "192.0.2.10:4444").isEmpty)
        #expect(bench.arrive(packet, at: 20_002, from: "192.0.2.20:5000").isEmpty)
        let keys = SRTPKeyPair(
            sent: try SealedLine.key(.galois128, from: 5),
            received: try SealedLine.key(.galois128, from: 105))
        _ = bench.log.take()
        bench.apply(.secure(bench.first, stream: 0, terms, keys))
        #expect(bench.log.take() == [.secured(bench.first, stream: 0, .galois128)])
        let sealed = try #require(SealedLine.seal(packet, with: PacketSealer(keys.received)))
        #expect(
            bench.arrive(sealed, at: 20_000, from: "192.0.2.10:4444").map(\.bytes) == [packet])
        let back = try #require(bench.arrive(packet, at: 20_002, from: "192.0.2.20:5000").first)
        #expect(SealedLine.open(back.bytes, with: PacketOpener(keys.sent)) == packet)
    }

    @Test func `a handshake that was overtaken, or failed, opens nothing`() throws {
        let (bench, terms) = try bench()
        let other = HandshakeTerms(begins: true, fingerprint: try print(0xAB))
        let key = try SealedLine.key(.counter128)
        bench.apply(.secure(bench.first, stream: 0, other, SRTPKeyPair(sent: key, received: key)))
        bench.apply(.secure(bench.first, stream: 0, terms, nil))
        let sealed = try #require(SealedLine.seal(SealedLine.packet(1), with: PacketSealer(key)))
        #expect(bench.arrive(sealed, at: 20_000, from: "192.0.2.10:4000").isEmpty)
        let counters = try #require(bench.close(bench.first))
        #expect(counters.unauthentic == 1)
        guard case .end(bench.first, stream: 0)? = bench.sockets.handshakes.last else {
            Issue.record("the handshake was not ended with its leg")
            return
        }
    }

    @Test func `records go in datagrams that fit, each whole`() {
        func record(_ count: Int) -> [UInt8] {
            [22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(count >> 8), UInt8(count & 255)]
                + Array(repeating: 7, count: count)
        }
        let bytes = record(600) + record(500) + record(200) + record(1_500) + [22, 0xFE]
        let datagrams = HandshakeDatagrams.split(bytes, limit: 1_200)
        #expect(datagrams.map(\.count) == [1_126, 213, 1_513])
        #expect(HandshakeDatagrams.split([], limit: 1_200).isEmpty)
    }
}
