import Media
import Platform
import Testing

/// Legs that come and go.
struct MediaCoreLifeTests {
    @Test func `closing tells the counters, loss among them`() {
        let bench = RelayBench.bridged()
        for sequence: UInt16 in [65_534, 65_535, 2, 3, 1, 3] {
            _ = bench.arrive(
                Packets.rtp(sequence: sequence), at: 20_000, from: "192.0.2.10:4000")
        }
        let counters = bench.close(bench.first)
        #expect(counters?.packetsReceived == 6)
        #expect(counters?.bytesReceived == 84)
        #expect(counters?.lost == 1)
        #expect(bench.close(bench.second)?.packetsSent == 6)
        #expect(bench.core.legCount == 0)
        #expect(bench.core.nextDeadline == nil)
    }

    @Test func `what comes for a closed leg finds nobody, even where its slot is used again`() {
        let bench = RelayBench.bridged()
        _ = bench.close(bench.first)
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000").isEmpty)
        let third = MediaLegID(number: 3)
        bench.apply(.open(third, MediaLegSetup(callKey: 7), sink: bench.log))
        bench.describe(third, "192.0.2.10:4000")
        _ = bench.log.take()
        // The slot is the old one's, its generation is not.
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000").isEmpty)
        #expect(bench.log.take().isEmpty)
        #expect(bench.arrive(Packets.rtp(), at: 20_004, from: "192.0.2.10:4000").isEmpty)
        #expect(bench.log.take().count == 2)
        // The other leg of the old call sends to nobody.
        #expect(bench.arrive(Packets.rtp(), at: 20_002, from: "192.0.2.20:5000").isEmpty)
    }

    @Test func `a bridge replaces the former one, and can be taken away`() {
        let bench = RelayBench.bridged()
        let third = MediaLegID(number: 3)
        bench.apply(.open(third, MediaLegSetup(callKey: 7), sink: bench.log))
        bench.describe(third, "192.0.2.30:6000")
        let map = PayloadMap([PayloadMap.Pair(received: 8, sent: 8)])
        let streams = [MediaBridge.Stream(number: 0, forward: map, backward: map)]
        bench.apply(.bridge(bench.first, third, MediaBridge(streams: streams)))
        #expect(
            bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000").map(\.to)
                == [SocketAddress("192.0.2.30:6000")])
        #expect(bench.arrive(Packets.rtp(), at: 20_002, from: "192.0.2.20:5000").isEmpty)
        bench.apply(.unbridge(third))
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000").isEmpty)
    }

    @Test func `what can't be is refused with the reason`() {
        let bench = RelayBench()
        let leg = bench.first
        for setup in [
            MediaLegSetup(network: 1, callKey: 1), MediaLegSetup(network: -1, callKey: 1),
            MediaLegSetup(streamCount: 0, callKey: 1), MediaLegSetup(streamCount: 5, callKey: 1),
        ] {
            bench.apply(.open(leg, setup, sink: bench.log))
            #expect(bench.log.take() == [.refused(leg, .badSetup)])
        }
        bench.apply(.open(leg, MediaLegSetup(callKey: 1), sink: bench.log))
        _ = bench.log.take()
        bench.apply(.open(leg, MediaLegSetup(callKey: 1), sink: bench.log))
        #expect(bench.log.take() == [.refused(leg, .badSetup)])
        let absent = MediaLegID(number: 99)
        bench.apply(.bridge(leg, absent, MediaBridge(streams: [])))
        #expect(bench.log.take() == [.refused(leg, .notOnOneLoop)])
        bench.apply(.bridge(leg, leg, MediaBridge(streams: [])))
        #expect(bench.log.take() == [.refused(leg, .notOnOneLoop)])
        // Commands on legs that have gone, and streams that never were, do nothing.
        bench.apply(.close(absent))
        bench.apply(.unbridge(absent))
        bench.describe(absent, "192.0.2.1:1")
        bench.describe(leg, "192.0.2.1:1", stream: 3)
        #expect(bench.log.take().isEmpty)
    }

    @Test func `without ports a leg is refused whole`() {
        let bench = RelayBench()
        bench.sockets = VirtualSockets(ports: 20_000...20_005)
        bench.apply(.open(bench.first, MediaLegSetup(streamCount: 2, callKey: 1), sink: bench.log))
        bench.apply(.open(bench.second, MediaLegSetup(streamCount: 2, callKey: 1), sink: bench.log))
        #expect(bench.log.take().last == .refused(bench.second, .noPorts))
        #expect(bench.core.legCount == 1)
        // The pair that the refused leg had held rests like any other.
        bench.now = bench.now + .seconds(10)
        bench.apply(.open(bench.second, MediaLegSetup(callKey: 1), sink: bench.log))
        #expect(bench.core.legCount == 2)
    }

    @Test func `a port that somebody else holds is passed over`() {
        let bench = RelayBench()
        bench.sockets.taken = [20_000, 20_002]
        bench.apply(.open(bench.first, MediaLegSetup(callKey: 1), sink: bench.log))
        guard case .opened(_, let local)? = bench.log.take().first else {
            Issue.record("not opened")
            return
        }
        #expect(local.first?.rtp.port == 20_004)
    }

    @Test(arguments: 0..<20) func `no order of commands and packets traps or leaks`(seed: UInt64) {
        var random = Seeded(seed)
        let bench = RelayBench()
        let map = PayloadMap((0..<200).map { PayloadMap.Pair(received: $0, sent: 127 - $0 % 128) })
        let hosts = ["192.0.2.10", "192.0.2.20", "198.18.0.1"]
        for _ in 0..<1_500 {
            let leg = MediaLegID(number: UInt64(random.below(6)))
            let other = MediaLegID(number: UInt64(random.below(6)))
            switch random.below(12) {
            case 0:
                let setup = MediaLegSetup(streamCount: random.below(6), callKey: 1)
                bench.apply(.open(leg, setup, sink: bench.log))
            case 1: bench.apply(.close(leg))
            case 2: bench.apply(.unbridge(leg))
            case 3:
                let streams = (0..<random.below(5)).map {
                    MediaBridge.Stream(number: $0, forward: map, backward: map)
                }
                bench.apply(.bridge(leg, other, MediaBridge(streams: streams)))
            case 4:
                bench.describe(
                    leg, "\(random.pick(hosts)):\(random.below(3))", stream: random.below(5),
                    transport: random.pick([.rtp, .rtp, .udptl, .none]),
                    isMuxed: random.chance(50), receives: random.chance(80),
                    sends: random.chance(80), events: UInt8(random.below(200)))
            case 5: bench.tick(after: .milliseconds(random.below(3_000)))
            default:
                let bytes = (0..<random.below(30)).map { index in
                    index == 0 && random.chance(90) ? 0x80 : UInt8(random.below(256))
                }
                let port = UInt16(20_000 + random.below(40))
                let from = "\(random.pick(hosts)):\(1 + random.below(3))"
                _ = bench.arrive(bytes, at: port, from: from)
            }
        }
        for number in 0..<6 { bench.apply(.close(MediaLegID(number: UInt64(number)))) }
        #expect(bench.core.legCount == 0)
        #expect(bench.core.nextDeadline == nil)
        #expect(bench.sockets.ports.isEmpty)
        bench.now = bench.now + .seconds(11)
        #expect(bench.sockets.pool.take(now: bench.now) != nil)
        #expect(bench.sockets.pool.freeCount == 499)
    }
}

struct PortPoolTests {
    @Test func `pairs are even and whole, whatever the range`() {
        var pool = PortPool(ports: 20_001...20_006, restingTime: .seconds(10))
        #expect(pool.take(now: .start) == 20_002)
        #expect(pool.take(now: .start) == 20_004)
        #expect(pool.take(now: .start) == nil)
        #expect(PortPool(ports: 7...8, restingTime: .zero).freeCount == 0)
        #expect(PortPool(ports: 65_534...65_535, restingTime: .zero).freeCount == 1)
        #expect(PortPool(ports: 0...3, restingTime: .zero).freeCount == 1)
    }

    @Test func `a freed pair rests ten seconds, and all others are used before it`() {
        var pool = PortPool(ports: 20_000...20_007, restingTime: .seconds(10))
        #expect(pool.take(now: .start) == 20_000)
        pool.release(20_000, now: .start)
        #expect(pool.take(now: .start + .seconds(10)) == 20_002)
        #expect(pool.take(now: .start + .seconds(10)) == 20_004)
        #expect(pool.take(now: .start + .seconds(10)) == 20_006)
        #expect(pool.take(now: .start + .seconds(10)) == 20_000)
        #expect(pool.take(now: .start + .seconds(10)) == nil)
    }

    @Test func `where no other pair is left, the one that rests longest is used early`() {
        var pool = PortPool(ports: 20_000...20_003, restingTime: .seconds(10))
        #expect(pool.take(now: .start) == 20_000)
        #expect(pool.take(now: .start) == 20_002)
        pool.release(20_002, now: .start + .seconds(1))
        pool.release(20_000, now: .start + .seconds(2))
        #expect(pool.take(now: .start + .seconds(3)) == 20_002)
        #expect(pool.take(now: .start + .seconds(3)) == 20_000)
        #expect(pool.take(now: .start + .seconds(3)) == nil)
    }

    @Test func `what somebody else on the machine holds is not tried again before ten seconds`() {
        var pool = PortPool(ports: 20_000...20_001, restingTime: .seconds(10))
        #expect(pool.take(now: .start) == 20_000)
        pool.setAside(20_000, now: .start)
        #expect(pool.take(now: .start + .milliseconds(9_999)) == nil)
        #expect(pool.take(now: .start + .seconds(10)) == 20_000)
    }

    @Test func `the next run begins beyond what the last one gave, and comes to it last`() {
        var pool = PortPool(ports: 20_000...20_199, restingTime: .seconds(10))
        var given: Set<UInt16> = []
        for _ in 0..<57 { if let port = pool.take(now: .start) { given.insert(port) } }
        var next = PortPool(
            ports: 20_000...20_199, restingTime: .seconds(10), reached: pool.reached)
        var order: [UInt16] = []
        for _ in 0..<100 { if let port = next.take(now: .start) { order.append(port) } }
        #expect(Set(order).count == 100)
        #expect(given.count == 57)
        #expect(given.isDisjoint(with: order.prefix(40)))
        // A mark of another configuration says nothing.
        var other = PortPool(ports: 30_000...30_003, restingTime: .zero, reached: pool.reached)
        #expect(other.take(now: .start) == 30_000)
    }

    @Test func `ten thousand uses lose no pair`() {
        var pool = PortPool(ports: 20_000...20_199, restingTime: .seconds(1))
        var random = Seeded(1)
        var held: [UInt16] = []
        var now = Instant.start
        for _ in 0..<10_000 {
            now = now + .milliseconds(random.below(100))
            if random.chance(50), let port = pool.take(now: now) {
                #expect(!held.contains(port))
                held.append(port)
            } else if !held.isEmpty {
                pool.release(held.remove(at: random.below(held.count)), now: now)
            }
        }
        for port in held { pool.release(port, now: now) }
        now = now + .seconds(1)
        #expect(pool.take(now: now) != nil)
        #expect(pool.freeCount == 99)
    }
}
