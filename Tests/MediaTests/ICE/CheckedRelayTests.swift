import Media
import Platform
import Testing
import Wire

@testable import Media

/// ICE-lite (RFC 8445) on the relay: checks, and nothing else, say where the party is.
struct CheckedRelayTests {
    private static let home = "192.0.2.10:4000"
    private static let away = "203.0.113.9:7000"
    private static let far = "192.0.2.20:5000"

    private func bench() throws -> (RelayBench, CheckingParty) {
        let bench = RelayBench.bridged()
        let party = try CheckingParty()
        bench.apply(.describe(bench.first, stream: 0, party.description()))
        _ = bench.log.take()
        return (bench, party)
    }

    private func answer(_ sent: [VirtualSockets.Sent]) throws -> STUNMessage {
        #expect(sent.count == 1)
        return try STUNMessage(parsing: try #require(sent.first).bytes)
    }

    /// Where the other leg's next packet goes.
    private func destination(_ bench: RelayBench, _ sequence: UInt16) -> SocketAddress? {
        bench.arrive(Packets.rtp(sequence: sequence), at: 20_002, from: Self.far).first?.to
    }

    @Test func `no media is sent or taken before a check was answered and chosen`() throws {
        var (bench, party) = try bench()
        #expect(destination(bench, 1) == nil)
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: Self.home).isEmpty)
        let message = try answer(bench.arrive(party.check(), at: 20_000, from: Self.home))
        #expect(message.messageClass == .success)
        #expect(message.xorMappedAddress == SocketAddress(Self.home))
        #expect(destination(bench, 2) == nil)
        // §7.3.1.4: what was checked may send, before it is chosen.
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: Self.home).count == 1)
        let home = try #require(SocketAddress(Self.home))
        let told = bench.log.take()
        #expect(told.contains(.firstPacket(bench.first, stream: 0)))
        #expect(!told.contains(.latched(bench.first, stream: 0, home)))
        let nominates = party.check(nominates: true)
        #expect(bench.arrive(nominates, at: 20_000, from: Self.home).count == 1)
        #expect(bench.log.take() == [.latched(bench.first, stream: 0, home)])
        #expect(destination(bench, 3) == home)
        #expect(bench.arrive(Packets.rtp(sequence: 2), at: 20_000, from: Self.away).isEmpty)
        #expect(bench.close(bench.first)?.strangers == 2)
    }

    @Test func `a wrong password or name is not answered, and counted`() throws {
        var (bench, party) = try bench()
        let bad = [
            party.check(nominates: true, password: "another-password-altogether"),
            party.check(nominates: true, username: "ours:thex"),
            party.check(nominates: true, username: "oors:them"),
            party.check(nominates: true, username: "ours"),
        ]
        for check in bad {
            #expect(bench.arrive(check, at: 20_000, from: Self.home).isEmpty)
        }
        #expect(destination(bench, 1) == nil)
        #expect(bench.arrive([0, 1, 0, 0, 1, 2, 3, 4], at: 20_000, from: Self.home).isEmpty)
        let counters = try #require(bench.close(bench.first))
        #expect(counters.checksRefused == 4)
        #expect(counters.malformed == 1)
    }

    @Test func `RFC 8445 §7.3.1.1: who takes itself for controlled is told to control`() throws {
        var (bench, party) = try bench()
        let check = party.check(nominates: true, isControlling: false)
        let message = try answer(bench.arrive(check, at: 20_000, from: Self.home))
        #expect(message[STUNAttributeType.errorCode] == [0, 0, 4, 87])
        #expect(destination(bench, 1) == nil)
        let odd = party.check(more: [STUNMessage.Attribute(type: 0x7ABC, value: [])])
        let refusal = try answer(bench.arrive(odd, at: 20_000, from: Self.home))
        #expect(refusal[STUNAttributeType.errorCode] == [0, 0, 4, 20])
    }

    @Test func `media follows the party when it chooses another way`() throws {
        var (bench, party) = try bench()
        _ = bench.arrive(party.check(nominates: true), at: 20_000, from: Self.home)
        _ = bench.arrive(party.check(), at: 20_000, from: Self.away)
        #expect(destination(bench, 1) == SocketAddress(Self.home))
        _ = bench.arrive(party.check(nominates: true), at: 20_000, from: Self.away)
        #expect(destination(bench, 2) == SocketAddress(Self.away))
        // The same SSRC from elsewhere is nobody, however long the party was silent.
        _ = bench.arrive(Packets.rtp(sequence: 1), at: 20_000, from: Self.away)
        bench.now = bench.now + .seconds(2)
        #expect(
            bench.arrive(Packets.rtp(sequence: 2), at: 20_000, from: "203.0.113.9:7002").isEmpty)
        #expect(destination(bench, 3) == SocketAddress(Self.away))
    }

    @Test func `RFC 7675: 30 s without a check end the sending, and a check brings it back`() throws
    {
        var (bench, party) = try bench()
        _ = bench.arrive(party.check(nominates: true), at: 20_000, from: Self.home)
        for second in 0..<40 {
            bench.tick(after: .seconds(1))
            if second % 5 == 0 {
                _ = bench.arrive(party.check(), at: 20_000, from: Self.home)
            }
        }
        #expect(destination(bench, 1) == SocketAddress(Self.home))
        _ = bench.log.take()
        for _ in 0..<25 { bench.tick(after: .seconds(1)) }
        #expect(!bench.log.take().contains(.consentEnded(bench.first, stream: 0)))
        _ = bench.arrive(Packets.rtp(), at: 20_000, from: Self.home)
        bench.tick(after: .seconds(1))
        #expect(bench.log.take().contains(.consentEnded(bench.first, stream: 0)))
        #expect(destination(bench, 2) == nil)
        bench.tick(after: .seconds(1))
        #expect(!bench.log.take().contains(.consentEnded(bench.first, stream: 0)))
        _ = bench.arrive(party.check(), at: 20_000, from: Self.home)
        let home = try #require(SocketAddress(Self.home))
        #expect(bench.log.take() == [.latched(bench.first, stream: 0, home)])
        #expect(destination(bench, 3) == home)
    }

    @Test func `RFC 8445 §9: after a restart the former way is used until the new one is chosen`()
        throws
    {
        var (bench, party) = try bench()
        _ = bench.arrive(party.check(nominates: true), at: 20_000, from: Self.home)
        // The same description again changes nothing.
        bench.apply(.describe(bench.first, stream: 0, party.description()))
        #expect(destination(bench, 1) == SocketAddress(Self.home))
        var renewed = try CheckingParty("new1", "new2")
        bench.apply(.describe(bench.first, stream: 0, renewed.description()))
        #expect(destination(bench, 2) == SocketAddress(Self.home))
        #expect(bench.arrive(party.check(), at: 20_000, from: Self.home).count == 1)
        _ = bench.arrive(party.check(nominates: true), at: 20_000, from: "192.0.2.10:4002")
        #expect(destination(bench, 3) == SocketAddress(Self.home))
        _ = bench.arrive(renewed.check(nominates: true), at: 20_000, from: Self.away)
        #expect(destination(bench, 4) == SocketAddress(Self.away))
        #expect(bench.arrive(party.check(), at: 20_000, from: Self.home).isEmpty)
    }

    @Test func `another party under the same offer begins anew`() throws {
        var (bench, party) = try bench()
        _ = bench.arrive(party.check(nominates: true), at: 20_000, from: Self.home)
        var fork = try CheckingParty("ours", "else")
        bench.apply(.describe(bench.first, stream: 0, fork.description()))
        #expect(destination(bench, 1) == nil)
        #expect(bench.arrive(party.check(nominates: true), at: 20_000, from: Self.home).isEmpty)
        _ = bench.arrive(fork.check(nominates: true), at: 20_000, from: Self.away)
        #expect(destination(bench, 2) == SocketAddress(Self.away))
    }

    @Test func `a stream that is described without checks is found by its packets again`() throws {
        var (bench, party) = try bench()
        _ = bench.arrive(party.check(nominates: true), at: 20_000, from: Self.home)
        bench.describe(bench.first, "192.0.2.10:4000")
        #expect(bench.arrive(party.check(), at: 20_000, from: Self.home).isEmpty)
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4444").count == 1)
        #expect(destination(bench, 1) == SocketAddress("192.0.2.10:4444"))
    }

    @Test func `a handshake goes by the checked way alone`() throws {
        var (bench, party) = try bench()
        let print = try #require(
            CertificateFingerprint(.sha256, [UInt8](repeating: 1, count: 32)))
        var description = party.description()
        description.handshake = HandshakeTerms(begins: false, fingerprint: print)
        bench.apply(.describe(bench.first, stream: 0, description))
        let hello: [UInt8] = [22, 0xFE, 0xFD, 1]
        _ = bench.arrive(hello, at: 20_000, from: Self.home)
        #expect(bench.sockets.handshakes.count == 1)
        bench.sockets.sent = []
        bench.apply(.transmit(bench.first, stream: 0, hello))
        #expect(bench.sockets.sent.isEmpty)
        _ = bench.arrive(party.check(nominates: true), at: 20_000, from: Self.home)
        _ = bench.arrive(hello, at: 20_000, from: Self.home)
        #expect(bench.sockets.handshakes.count == 2)
        _ = bench.arrive(party.check(nominates: true), at: 20_000, from: Self.away)
        bench.sockets.sent = []
        bench.apply(.transmit(bench.first, stream: 0, hello))
        #expect(bench.sockets.sent.map(\.to) == [SocketAddress(Self.away)])
    }

    @Test func `RFC 8421: the party may choose the way of the other family, and others may not`()
        throws
    {
        let bench = RelayBench()
        bench.core = MediaCore(
            configuration: MediaConfiguration(
                networks: [
                    MediaNetwork(bind: bench.sockets.address),
                    MediaNetwork(bind: bench.sockets.alternateAddress),
                ], ports: 20_000...20_999))
        for leg in [bench.first, bench.second] {
            bench.apply(
                .open(leg, MediaLegSetup(alternateNetwork: 1, callKey: 7), sink: bench.log))
        }
        guard case .opened(_, let local) = bench.log.take().first else {
            Issue.record("not opened")
            return
        }
        #expect(local[0].alternate == SocketAddress("[2001:db8::1]:30000"))
        var party = try CheckingParty()
        bench.apply(.describe(bench.first, stream: 0, party.description()))
        bench.describe(bench.second, Self.far)
        bench.bridge()
        let home = "[2001:db8::77]:4000"
        let sent = bench.arrive(party.check(nominates: true), at: 30_000, from: home)
        #expect(sent.map(\.from) == [30_000])
        #expect(try answer(sent).xorMappedAddress == SocketAddress(home))
        #expect(destination(bench, 1) == SocketAddress(home))
        #expect(bench.arrive(Packets.rtp(), at: 30_000, from: home).count == 1)
        // Who makes no checks has one way: the description's.
        #expect(bench.arrive(Packets.rtp(), at: 30_002, from: home).isEmpty)
        #expect(bench.close(bench.second)?.strangers == 1)
    }

    @Test func `what shares the port is told apart by its first byte (RFC 7983)`() {
        let kinds: [(ClosedRange<UInt8>, DatagramKind)] = [
            (0...3, .stun), (4...19, .other), (20...63, .handshake), (64...127, .other),
            (128...191, .packet), (192...255, .other),
        ]
        for (range, kind) in kinds {
            for byte in range {
                let bytes = [byte, 0]
                let told = DatagramKind(bytes.span)
                #expect(told == kind)
            }
        }
        let nothing: [UInt8] = []
        let ofNothing = DatagramKind(nothing.span)
        #expect(ofNothing == .other)
    }
}
