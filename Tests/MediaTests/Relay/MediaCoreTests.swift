import Media
import Platform
import Testing

struct MediaCoreTests {
    @Test func `opening gives an even RTP port and the odd one above, per stream`() {
        let bench = RelayBench()
        bench.apply(.open(bench.first, MediaLegSetup(streamCount: 2, callKey: 1), sink: bench.log))
        let address = bench.sockets.address
        #expect(
            bench.log.take() == [
                .opened(
                    bench.first,
                    [20_000, 20_002].map { port in
                        LocalStream(
                            rtp: SocketAddress(address: address, port: port),
                            rtcp: SocketAddress(address: address, port: port + 1))
                    })
            ])
        #expect(bench.core.legCount == 1)
    }

    @Test func `a packet goes to the other leg's address under its number, the marker kept`() {
        let bench = RelayBench.bridged()
        let voice = bench.arrive(Packets.rtp(8), at: 20_000, from: "192.0.2.10:4000")
        #expect(
            voice == [
                VirtualSockets.Sent(
                    bytes: Packets.rtp(8), from: 20_002,
                    to: SocketAddress("192.0.2.20:5000")
                        ?? SocketAddress(address: .anyV4, port: 0))
            ])
        let digit = bench.arrive(
            Packets.rtp(101, marker: true, payload: [1, 0x0A, 0, 160]), at: 20_000,
            from: "192.0.2.10:4000")
        #expect(digit.map(\.bytes) == [Packets.rtp(96, marker: true, payload: [1, 0x0A, 0, 160])])
    }

    @Test func `a payload type that the other leg does not share goes nowhere`() {
        let bench = RelayBench.bridged()
        #expect(bench.arrive(Packets.rtp(0), at: 20_000, from: "192.0.2.10:4000").isEmpty)
        #expect(bench.close(bench.first)?.unrelayed == 1)
    }

    @Test func `before the latch only trusted addresses count, after it one source alone`() {
        let bench = RelayBench.bridged()
        bench.describe(bench.first, "10.0.0.5:4000", signalling: "203.0.113.9")
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "198.18.0.1:4000").isEmpty)
        #expect(bench.log.take().isEmpty)
        // The phone is behind NAT: signalling's address, a port that SDP never named.
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "203.0.113.9:61000").count == 1)
        let source = SocketAddress("203.0.113.9:61000")
        #expect(
            bench.log.take()
                == [
                    source.map { .latched(bench.first, stream: 0, $0) },
                    .firstPacket(bench.first, stream: 0),
                ].compactMap(\.self))
        for stranger in ["203.0.113.9:61001", "10.0.0.5:4000", "198.18.0.1:4000"] {
            #expect(bench.arrive(Packets.rtp(), at: 20_000, from: stranger).isEmpty, "\(stranger)")
        }
        // And media to the phone follows the latch.
        let back = bench.arrive(Packets.rtp(), at: 20_002, from: "192.0.2.20:5000")
        #expect(back.map(\.to) == [source])
        #expect(bench.close(bench.first)?.strangers == 4)
    }

    @Test func `a phone whose NAT box forgot it is followed to its next port, and no other phone`()
    {
        let bench = RelayBench.bridged()
        bench.describe(bench.first, "10.0.0.5:4000", signalling: "203.0.113.9")
        _ = bench.arrive(Packets.rtp(ssrc: 7), at: 20_000, from: "203.0.113.9:61000")
        // While it speaks, nobody takes its place.
        #expect(bench.arrive(Packets.rtp(ssrc: 7), at: 20_000, from: "203.0.113.9:61002").isEmpty)
        bench.tick(after: .milliseconds(500))
        // Another phone behind the same box, or the same source at another address, neither.
        #expect(bench.arrive(Packets.rtp(ssrc: 8), at: 20_000, from: "203.0.113.9:61002").isEmpty)
        #expect(bench.arrive(Packets.rtp(ssrc: 7), at: 20_000, from: "198.18.0.1:61000").isEmpty)
        let moved = bench.arrive(
            Packets.rtp(sequence: 2, ssrc: 7), at: 20_000, from: "203.0.113.9:61002")
        #expect(moved.count == 1)
        let back = bench.arrive(Packets.rtp(), at: 20_002, from: "192.0.2.20:5000")
        #expect(back.map(\.to) == [SocketAddress("203.0.113.9:61002")])
    }

    @Test
    func `who describes an address from which another speaks is sent nothing until it speaks`() {
        let bench = RelayBench()
        for leg in [bench.first, bench.second] {
            bench.apply(.open(leg, MediaLegSetup(streamCount: 1, callKey: 7), sink: bench.log))
        }
        bench.describe(bench.first, "192.0.2.10:4000")
        bench.bridge()
        _ = bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000")
        // The other leg's phone is behind the same box, which left the port of the inside.
        bench.describe(bench.second, "192.0.2.10:4000")
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000").isEmpty)
        _ = bench.arrive(Packets.rtp(), at: 20_002, from: "192.0.2.10:61000")
        let heard = bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000")
        #expect(heard.map(\.to) == [SocketAddress("192.0.2.10:61000")])
    }

    @Test func `what is no RTP neither latches nor passes`() {
        let bench = RelayBench.bridged()
        for bytes: [UInt8] in [[], [0], [0, 0, 0, 0], [UInt8](repeating: 0xFF, count: 60)] {
            #expect(bench.arrive(bytes, at: 20_000, from: "192.0.2.10:4999").isEmpty)
        }
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000").count == 1)
        _ = bench.arrive([1, 2, 3], at: 20_000, from: "192.0.2.10:4000")
        let counters = bench.close(bench.first)
        #expect(counters?.malformed == 1 && counters?.strangers == 4)
    }

    @Test func `a new description re-arms the latch`() {
        let bench = RelayBench.bridged()
        _ = bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000")
        // The same description: the phone may have got another port from its NAT.
        bench.describe(bench.first, "192.0.2.10:4000")
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4100").count == 1)
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000").isEmpty)
        // Another address: late packets of the old one pass, but do not hold the latch.
        bench.describe(bench.first, "192.0.2.10:4200")
        let back = bench.arrive(Packets.rtp(), at: 20_002, from: "192.0.2.20:5000")
        #expect(back.map(\.to) == [SocketAddress("192.0.2.10:4200")])
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4100").count == 1)
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4200").count == 1)
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4100").isEmpty)
        // Another host: the old one is a stranger at once.
        bench.describe(bench.first, "192.0.2.77:4000")
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4200").isEmpty)
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.77:4000").count == 1)
    }

    @Test func `on hold nothing reaches who does not receive, nor comes from who does not send`() {
        let bench = RelayBench.bridged()
        bench.describe(bench.first, "192.0.2.10:4000", receives: false)
        #expect(bench.arrive(Packets.rtp(), at: 20_002, from: "192.0.2.20:5000").isEmpty)
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000").count == 1)
        bench.describe(bench.first, "192.0.2.10:4000", sends: false)
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000").isEmpty)
        #expect(bench.arrive(Packets.rtp(), at: 20_002, from: "192.0.2.20:5000").count == 1)
    }

    @Test func `RTCP goes to the RTCP port, or to the one port of who muxes`() {
        let bench = RelayBench.bridged()
        let report = Packets.receiverReport
        let apart = bench.arrive(report, at: 20_001, from: "192.0.2.10:4001")
        #expect(apart.map(\.to) == [SocketAddress("192.0.2.20:5001")])
        #expect(apart.map(\.from) == [20_003])
        #expect(bench.arrive(report, at: 20_001, from: "198.18.0.1:4001").isEmpty)
        // RTCP on the RTP port of a leg that did not agree to it.
        #expect(bench.arrive(report, at: 20_000, from: "192.0.2.10:4000").isEmpty)
        bench.describe(bench.second, "192.0.2.20:5000", isMuxed: true)
        let muxed = bench.arrive(report, at: 20_001, from: "192.0.2.10:4001")
        #expect(muxed.map(\.to) == [SocketAddress("192.0.2.20:5000")])
        #expect(muxed.map(\.from) == [20_002])
        let back = bench.arrive(report, at: 20_002, from: "192.0.2.20:5000")
        #expect(back.map(\.to) == [SocketAddress("192.0.2.10:4001")])
        let counters = bench.close(bench.first)
        #expect(counters?.controlReceived == 2 && counters?.controlSent == 1)
    }

    @Test func `fax packets pass as they are, and voice does not reach a fax`() {
        let bench = RelayBench.bridged()
        bench.describe(bench.first, "192.0.2.10:4000", transport: .udptl)
        #expect(bench.arrive(Packets.rtp(), at: 20_002, from: "192.0.2.20:5000").isEmpty)
        bench.describe(bench.second, "192.0.2.20:5000", transport: .udptl)
        let fax: [UInt8] = [0, 1, 6, 1, 2, 3, 4, 5, 6, 0, 0]
        let sent = bench.arrive(fax, at: 20_000, from: "192.0.2.10:4000")
        #expect(sent.map(\.bytes) == [fax])
        #expect(sent.map(\.to) == [SocketAddress("192.0.2.20:5000")])
    }

    @Test func `a second stream is relayed beside the first`() {
        let bench = RelayBench.bridged(streamCount: 2)
        bench.describe(bench.first, "192.0.2.10:4002", stream: 1)
        bench.describe(bench.second, "192.0.2.20:5002", stream: 1)
        let map = PayloadMap([PayloadMap.Pair(received: 97, sent: 98)])
        bench.apply(
            .bridge(
                bench.first, bench.second,
                MediaBridge(streams: [
                    MediaBridge.Stream(number: 1, forward: map, backward: map)
                ])))
        let video = bench.arrive(Packets.rtp(97), at: 20_002, from: "192.0.2.10:4002")
        #expect(video.map(\.to) == [SocketAddress("192.0.2.20:5002")])
        #expect(video.first?.bytes[1] == 98)
        // The bridge named stream 1 alone.
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000").isEmpty)
    }

    @Test func `digits are told and relayed, a flood of them is cut`() {
        let bench = RelayBench.bridged()
        var relayed = 0
        for index in 0..<100 {
            let end = Packets.rtp(
                101, sequence: UInt16(index * 10), timestamp: UInt8(index + 1),
                payload: [5, 0x8A, 3, 0x20])
            relayed += bench.arrive(end, at: 20_000, from: "192.0.2.10:4000").count
        }
        let digits = bench.log.take().compactMap { event -> TelephoneEvent? in
            if case .digit(bench.first, let digit) = event { digit } else { nil }
        }
        #expect(relayed == 100)
        #expect(digits.count == 32)
        #expect(digits.first == TelephoneEvent(code: 5, duration: .milliseconds(100)))
    }

    @Test func `a press whose end is lost is told by the clock`() {
        let bench = RelayBench.bridged()
        _ = bench.arrive(
            Packets.rtp(101, payload: [11, 10, 1, 0x40]), at: 20_000, from: "192.0.2.10:4000")
        _ = bench.log.take()
        #expect(bench.core.nextDeadline == .start + .milliseconds(100))
        bench.tick(after: .milliseconds(600))
        #expect(
            bench.log.take() == [
                .digit(bench.first, TelephoneEvent(code: 11, duration: .milliseconds(40)))
            ])
        #expect(bench.core.nextDeadline == bench.now + .seconds(1))
    }

    @Test func `silence is told once, and again after sound`() {
        let bench = RelayBench.bridged()
        for _ in 0..<25 { bench.tick(after: .seconds(1)) }
        let silent = bench.log.take()
        #expect(
            silent == [.silent(bench.first, stream: 0), .silent(bench.second, stream: 0)])
        _ = bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000")
        _ = bench.log.take()
        for _ in 0..<6 { bench.tick(after: .seconds(1)) }
        // No voice, but a report: the phone is there.
        _ = bench.arrive(Packets.receiverReport, at: 20_001, from: "192.0.2.10:4001")
        for _ in 0..<6 { bench.tick(after: .seconds(1)) }
        #expect(bench.log.take().isEmpty)
        for _ in 0..<6 { bench.tick(after: .seconds(1)) }
        #expect(bench.log.take() == [.silent(bench.first, stream: 0)])
    }

    @Test func `a leg on hold is not called silent`() {
        let bench = RelayBench.bridged()
        bench.describe(bench.first, "192.0.2.10:4000", sends: false)
        bench.describe(bench.second, "192.0.2.20:5000", transport: .none)
        for _ in 0..<25 { bench.tick(after: .seconds(1)) }
        #expect(bench.log.take().isEmpty)
        // Resumed: the silence begins to count now.
        bench.describe(bench.first, "192.0.2.10:4000")
        bench.tick(after: .seconds(1))
        #expect(bench.log.take().isEmpty)
    }
}
