import Media
import Platform
import Testing

/// Legs that move from one loop to another.
struct MovingLegTests {
    /// A second loop beside a bench's: it shares nothing with it.
    private static func otherLoop() -> RelayBench {
        let bench = RelayBench()
        bench.apply(.open(MediaLegID(number: 9), MediaLegSetup(callKey: 9), sink: bench.log))
        return bench
    }

    private static func move(_ leg: MediaLegID, from bench: RelayBench, to other: RelayBench) {
        guard let moving = bench.core.release(leg, now: bench.now, into: &bench.sockets) else {
            return
        }
        other.core.adopt(moving, now: other.now, into: &other.sockets)
    }

    @Test func `a leg moves with its port, its latch and its counters`() {
        let bench = RelayBench.bridged()
        _ = bench.arrive(Packets.rtp(), at: 20_002, from: "192.0.2.20:5001")
        _ = bench.log.take()
        let other = Self.otherLoop()
        Self.move(bench.second, from: bench, to: other)
        #expect(bench.log.take() == [.moved(bench.second)])
        #expect(bench.core.legCount == 1)
        #expect(other.core.legCount == 2)
        // The leg it was bridged to sends to nobody; what comes late for the old place is nobody's.
        #expect(bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000").isEmpty)
        #expect(bench.arrive(Packets.rtp(), at: 20_002, from: "192.0.2.20:5001").isEmpty)
        // There it takes its one source at once, and no other.
        _ = other.arrive(Packets.rtp(), at: 20_002, from: "192.0.2.20:5001")
        _ = other.arrive(Packets.rtp(), at: 20_002, from: "192.0.2.99:5001")
        _ = bench.log.take()
        other.apply(.close(bench.second))
        guard case .closed(bench.second, let counters)? = bench.log.take().first else {
            Issue.record("the leg's owner is told of its end wherever it lives")
            return
        }
        #expect(counters.packetsReceived == 2)
        #expect(counters.strangers == 1)
        #expect(other.core.legCount == 1)
    }

    @Test func `a leg that moved can be bridged there`() {
        let bench = RelayBench.bridged()
        let other = RelayBench()
        let third = MediaLegID(number: 3)
        other.apply(.open(third, MediaLegSetup(callKey: 9), sink: other.log))
        other.describe(third, "192.0.2.30:6000")
        Self.move(bench.second, from: bench, to: other)
        let map = PayloadMap([PayloadMap.Pair(received: 8, sent: 8)])
        let streams = [MediaBridge.Stream(number: 0, forward: map, backward: map)]
        other.apply(.bridge(bench.second, third, MediaBridge(streams: streams)))
        #expect(
            other.arrive(Packets.rtp(), at: 20_002, from: "192.0.2.20:5000").map(\.to)
                == [SocketAddress("192.0.2.30:6000")])
    }

    @Test func `a leg whose sockets can't be watched is refused and closed`() {
        let bench = RelayBench.bridged()
        let other = Self.otherLoop()
        other.sockets.canWatch = false
        Self.move(bench.second, from: bench, to: other)
        let told = bench.log.take()
        #expect(told.first == .refused(bench.second, .full))
        #expect(told.contains { if case .closed(bench.second, _) = $0 { true } else { false } })
        #expect(other.core.legCount == 1)
    }

    @Test func `a move within one loop is acknowledged at once`() {
        let bench = RelayBench.bridged()
        bench.apply(.move(bench.second, callKey: 7))
        #expect(bench.log.take() == [.moved(bench.second)])
        #expect(!bench.arrive(Packets.rtp(), at: 20_000, from: "192.0.2.10:4000").isEmpty)
    }

    @Test func `commands for a moving leg wait until it has arrived, in order`() {
        let places = LegPlaces()
        let leg = MediaLegID(number: 1)
        #expect(places.add(leg, on: 0))
        #expect(!places.add(leg, on: 1))
        #expect(places.loop(for: .unbridge(leg), of: leg) == 0)
        #expect(places.depart(leg, to: 0) == nil)
        #expect(places.depart(leg, to: 1) == 0)
        #expect(places.loop(for: .unbridge(leg), of: leg) == nil)
        for _ in 0..<LegPlaces.heldLimit * 2 {
            #expect(places.loop(for: .unbridge(leg), of: leg) == nil)
        }
        #expect(places.loop(for: .close(leg), of: leg) == nil)
        let held = places.arrive(leg)
        #expect(held.count == LegPlaces.heldLimit + 1)
        if case .unbridge? = held.first {} else { Issue.record("the first comes first") }
        if case .close? = held.last {} else { Issue.record("a close is never dropped") }
        #expect(places.loop(for: .unbridge(leg), of: leg) == 1)
        #expect(places.arrive(leg).isEmpty)
    }
}
