import Foundation
import PBX
import Platform
import Synchronization
import Testing

@Suite struct EventStreamTests {
    private let stream = EventStream(time: CountingClock(), random: CountingRandom())

    private func tell(_ count: Int) {
        for number in 0..<count {
            stream.tell(
                .extensionChanged(
                    ExtensionPicture(
                        extensionID: ExtensionID(number: 1), number: "101",
                        contactCount: number + 1)))
        }
    }

    @Test func `events are numbered from 1 and read in order, with their times`() {
        tell(3)
        let start = EventPosition(run: stream.run, number: 0)
        let batch = stream.read(after: start)
        #expect(batch.events.map(\.number) == [1, 2, 3])
        #expect(batch.events.map(\.instant.nanoseconds) == [1, 2, 3])
        #expect(batch.picture == nil)
        #expect(stream.read(after: batch.position).events.isEmpty)
    }

    @Test func `a reader without a position, of another run, or too late gets a picture`() {
        tell(EventStream.limit + 5)
        let last = UInt64(EventStream.limit + 5)
        for position in [
            nil, EventPosition(run: "another", number: last),
            EventPosition(run: stream.run, number: 4),
            EventPosition(run: stream.run, number: last + 1),
        ] {
            let batch = stream.read(after: position)
            #expect(batch.events.isEmpty)
            #expect(batch.position == EventPosition(run: stream.run, number: last))
            #expect(
                batch.picture?.contactCount(of: ExtensionID(number: 1)) == EventStream.limit + 5)
        }
        let oldest = stream.read(after: EventPosition(run: stream.run, number: 5))
        #expect(oldest.events.count == EventStream.limit)
        #expect(oldest.events.map(\.number) == Array(6...last))
    }

    @Test func `a long reading comes in parts`() {
        tell(10)
        let first = stream.read(after: EventPosition(run: stream.run, number: 0), limit: 4)
        #expect(first.events.map(\.number) == [1, 2, 3, 4])
        #expect(
            stream.read(after: first.position, limit: 100).events.map(\.number) == [
                5, 6, 7, 8, 9, 10,
            ])
    }

    @Test func `a subscriber is told once until it has read all`() throws {
        let told = Mutex(0)
        let counter = { @Sendable in told.withLock { $0 += 1 } }
        let subscription = try #require(
            stream.subscribe {
                counter()
                return true
            })
        tell(3)
        #expect(told.withLock { $0 } == 1)
        #expect(subscription.read(limit: 2).events.count == 2)
        tell(1)
        #expect(told.withLock { $0 } == 1)
        #expect(subscription.read().events.count == 2)
        tell(1)
        #expect(told.withLock { $0 } == 2)
    }

    @Test func `a subscriber whose mailbox was full is told again by the next event`() throws {
        let told = Mutex(0)
        let counter = { @Sendable in told.withLock { $0 += 1 } }
        let subscription = stream.subscribe {
            counter()
            return false
        }
        tell(2)
        #expect(told.withLock { $0 } == 2)
        #expect(subscription != nil)
    }

    @Test func `one that fell behind the kept events gets a picture and goes on from there`() throws
    {
        let subscription = try #require(stream.subscribe { true })
        tell(EventStream.limit + 1)
        #expect(subscription.read().picture != nil)
        tell(1)
        #expect(subscription.read().events.count == 1)
    }

    @Test func `subscriptions have a limit, and leave room when they go`() {
        var kept = (0..<EventStream.subscriptionLimit).map { _ in stream.subscribe { true } }
        #expect(kept.allSatisfy { $0 != nil })
        #expect(stream.subscribe { true } == nil)
        kept.removeLast()
        #expect(stream.subscribe { true } != nil)
    }

    @Test func `an event reads back from its JSON`() throws {
        tell(1)
        let events = stream.read(after: EventPosition(run: stream.run, number: 0)).events
        let bytes = try JSONEncoder().encode(events)
        #expect(try JSONDecoder().decode([ExchangeEvent].self, from: bytes) == events)
    }
}

/// Each look is a nanosecond later.
private final class CountingClock: TimeSource {
    private let count = Atomic<Int64>(0)
    var now: Instant {
        Instant(nanoseconds: count.add(1, ordering: .relaxed).newValue)
    }
    var wallTime: WallTime { WallTime(microseconds: 1_790_000_100_000_000) }
}

private final class CountingRandom: RandomSource {
    private let count = Atomic<UInt64>(0)
    func next() -> UInt64 { count.add(1, ordering: .relaxed).newValue }
}
