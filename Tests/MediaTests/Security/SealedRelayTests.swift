import Media
import Platform
import Testing

@testable import Media

/// Encrypted legs over the whole of the media core: A has keys, B perhaps.
struct SealedRelayTests {
    private let phone = "192.0.2.10:4000"

    private func pair(_ suite: SRTPSuite, from start: Int) throws -> SRTPKeyPair {
        SRTPKeyPair(
            sent: try SealedLine.key(suite, from: start),
            received: try SealedLine.key(suite, from: start + 100))
    }

    private func describe(
        _ bench: RelayBench, _ leg: MediaLegID, _ remote: String, _ keys: SRTPKeyPair?,
        sound: SoundDescription = .none, isMuxed: Bool = false
    ) {
        guard let address = SocketAddress(remote) else { return }
        let control = SocketAddress(
            address: address.address, port: address.port + (isMuxed ? 0 : 1))
        bench.apply(
            .describe(
                leg, stream: 0,
                StreamDescription(
                    transport: .rtp, remoteRTP: address, remoteRTCP: control,
                    trustedSources: [address.address], isMuxed: isMuxed, sound: sound, keys: keys)))
    }

    @Test func `an encrypted leg and a plain one hear each other, for every suite`() throws {
        for suite in SRTPSuite.allCases {
            let bench = RelayBench.bridged()
            let keys = try pair(suite, from: 3)
            describe(bench, bench.first, phone, keys)
            let sealer = PacketSealer(keys.received)
            let opener = PacketOpener(keys.sent)
            for number in UInt16(1)...5 {
                let packet = SealedLine.packet(number)
                let sealed = try #require(SealedLine.seal(packet, with: sealer))
                #expect(bench.arrive(sealed, at: 20_000, from: phone).map(\.bytes) == [packet])
                let sent = bench.arrive(packet, at: 20_002, from: "192.0.2.20:5000")
                #expect(sent.count == 1)
                let heard = try #require(sent.first).bytes
                #expect(heard != packet)
                #expect(SealedLine.open(heard, with: opener) == packet)
            }
            let counters = try #require(bench.close(bench.first))
            #expect(counters.packetsReceived == 5)
            #expect(counters.packetsSent == 5)
            #expect(counters.unauthentic == 0)
        }
    }

    @Test func `two encrypted legs have keys of their own`() throws {
        let bench = RelayBench.bridged()
        let one = try pair(.galois128, from: 3)
        let other = try pair(.counter128, from: 50)
        describe(bench, bench.first, phone, one)
        describe(bench, bench.second, "192.0.2.20:5000", other)
        let packet = SealedLine.packet(9)
        let sealed = try #require(SealedLine.seal(packet, with: PacketSealer(one.received)))
        let sent = try #require(bench.arrive(sealed, at: 20_000, from: phone).first)
        #expect(SealedLine.open(sent.bytes, with: PacketOpener(other.sent)) == packet)
        #expect(SealedLine.open(sent.bytes, with: PacketOpener(one.sent)) == nil)
    }

    @Test func `what no key proves is counted: it neither latches nor is heard`() throws {
        let bench = RelayBench.bridged()
        let keys = try pair(.counter128, from: 3)
        describe(bench, bench.first, phone, keys)
        let wrong = PacketSealer(try SealedLine.key(.counter128, from: 77))
        let forged = try #require(SealedLine.seal(SealedLine.packet(1), with: wrong))
        // Another port of the phone's address: in the clear it would latch.
        #expect(bench.arrive(forged, at: 20_000, from: "192.0.2.10:6666").isEmpty)
        #expect(bench.arrive(SealedLine.packet(1), at: 20_000, from: "192.0.2.10:6666").isEmpty)
        #expect(bench.arrive(forged, at: 20_000, from: "203.0.113.9:6666").isEmpty)
        #expect(bench.log.take().isEmpty)
        let sealer = PacketSealer(keys.received)
        let sealed = try #require(SealedLine.seal(SealedLine.packet(2), with: sealer))
        #expect(bench.arrive(sealed, at: 20_000, from: phone).count == 1)
        #expect(bench.arrive(sealed, at: 20_000, from: phone).isEmpty)
        let counters = try #require(bench.close(bench.first))
        #expect(counters.unauthentic == 2)
        #expect(counters.strangers == 1)
        #expect(counters.replayed == 1)
        #expect(counters.packetsReceived == 1)
    }

    @Test func `RTCP is encrypted both ways, on its own port and on RTP's`() throws {
        for isMuxed in [false, true] {
            let bench = RelayBench.bridged()
            let keys = try pair(.galois256, from: 3)
            describe(bench, bench.first, phone, keys, isMuxed: isMuxed)
            let sealed = try #require(
                SealedLine.sealControl(
                    Packets.receiverReport, with: PacketSealer(keys.received)))
            let port: UInt16 = isMuxed ? 20_000 : 20_001
            let source = isMuxed ? phone : "192.0.2.10:4001"
            let sent = bench.arrive(sealed, at: port, from: source)
            #expect(sent.map(\.bytes) == [Packets.receiverReport])
            let back = bench.arrive(
                Packets.receiverReport, at: 20_003, from: "192.0.2.20:5001")
            let heard = try #require(back.first)
            #expect(heard.from == port)
            #expect(
                SealedLine.openControl(heard.bytes, with: PacketOpener(keys.sent))
                    == Packets.receiverReport)
        }
    }

    @Test func `the same keys again go on; new ones count at once, packets under way too`() throws {
        let bench = RelayBench.bridged()
        let keys = try pair(.counter128, from: 3)
        describe(bench, bench.first, phone, keys)
        let sealer = PacketSealer(keys.received)
        let opener = PacketOpener(keys.sent)
        func say(_ number: UInt16, _ sealer: PacketSealer) throws -> Int {
            let sealed = try #require(SealedLine.seal(SealedLine.packet(number), with: sealer))
            return bench.arrive(sealed, at: 20_000, from: phone).count
        }
        let first = try #require(SealedLine.seal(SealedLine.packet(1), with: sealer))
        #expect(bench.arrive(first, at: 20_000, from: phone).count == 1)
        describe(bench, bench.first, phone, keys)
        #expect(bench.arrive(first, at: 20_000, from: phone).isEmpty, "a replay stays one")
        #expect(try say(2, sealer) == 1)
        var renewed = keys
        renewed.received = try SealedLine.key(.counter128, from: 90)
        describe(bench, bench.first, phone, renewed)
        let next = PacketSealer(renewed.received)
        #expect(try say(4, next) == 1)
        #expect(try say(3, sealer) == 1)
        #expect(try say(5, next) == 1)
        // Our own key was not changed: its indices go on.
        for number in [1, 2] as [UInt16] {
            let sent = bench.arrive(
                SealedLine.packet(number), at: 20_002, from: "192.0.2.20:5000")
            #expect(SealedLine.open(try #require(sent.first).bytes, with: opener) != nil)
        }
    }

    @Test func `a leg that goes to another loop takes its indices along`() throws {
        let bench = RelayBench.bridged()
        let keys = try pair(.galois128, from: 3)
        describe(bench, bench.first, phone, keys)
        let sealer = PacketSealer(keys.received)
        let sealed = try #require(SealedLine.seal(SealedLine.packet(1), with: sealer))
        #expect(bench.arrive(sealed, at: 20_000, from: phone).count == 1)
        let moving = try #require(
            bench.core.release(
                bench.first, now: bench.now, into: &bench.sockets))
        bench.core.adopt(moving, now: bench.now, into: &bench.sockets)
        bench.bridge()
        #expect(bench.arrive(sealed, at: 20_000, from: phone).isEmpty)
        let next = try #require(SealedLine.seal(SealedLine.packet(2), with: sealer))
        #expect(bench.arrive(next, at: 20_000, from: phone).count == 1)
    }

    @Test func `what we encode ourselves is encrypted, and no source comes twice`() throws {
        let bench = RelayBench.bridged()
        let keys = try pair(.counter128, from: 3)
        let opener = PacketOpener(keys.sent)
        var sources: Set<UInt32> = []
        for turn in 0..<3 {
            let format =
                turn == 1
                ? SoundFormat(payloadType: 0, kind: .pcmu)
                : SoundFormat(payloadType: 8, kind: .pcma)
            describe(
                bench, bench.first, phone, keys,
                sound: SoundDescription(received: [format], sent: format, sentEvents: []))
            bench.apply(.attend(bench.first, .tune(.level)))
            for _ in 0..<10 {
                bench.sockets.sent = []
                bench.tick(after: .milliseconds(20))
                for sent in bench.sockets.sent {
                    let clear = try #require(SealedLine.open(sent.bytes, with: opener))
                    let header = RTPHeader(clear.span)
                    sources.insert(try #require(header).ssrc)
                }
            }
            if turn == 1 {
                let moving = try #require(
                    bench.core.release(
                        bench.first, now: bench.now, into: &bench.sockets))
                bench.core.adopt(moving, now: bench.now, into: &bench.sockets)
            }
        }
        #expect(sources.count == 3)
    }
}
