import Platform
import Synchronization

/// The exchange's events in one order: numbers them, keeps the last ones, and tells subscribers
/// that there are new ones.
///
/// Nobody is waited for. A subscriber is told once, and reads when it likes; who has fallen further
/// behind than the events that are kept gets a picture of how things are instead. Owners call it
/// directly, because a mailbox may refuse a message, and news that was lost would be wrong for ever.
public final class EventStream: Sendable {
    /// Events that are kept: some seconds of a busy exchange, hours of a quiet one.
    public static var limit: Int { 2048 }
    /// Subscribers at a time: lamps, and tools that look on. Another one is refused.
    public static var subscriptionLimit: Int { 64 }

    private struct Subscriber {
        var number: UInt64
        var tell: @Sendable () -> Bool
        /// Has been told, and has not read since.
        var isTold = false
        /// Nil: it begins with a picture.
        var position: UInt64?
    }

    private struct Kept {
        /// A ring: the event with number n stands at n modulo ``limit``.
        var events: [ExchangeEvent] = []
        var lastNumber: UInt64 = 0
        var picture = ExchangePicture()
        var subscribers: [Subscriber] = []
        var lastSubscriber: UInt64 = 0
    }

    /// Names this run of the exchange.
    public let run: String
    private let time: any TimeSource
    private let kept = Mutex(Kept())

    public init(time: any TimeSource, random: any RandomSource) {
        self.time = time
        run = random.token(12)
    }

    /// Extensions with a phone that can be reached.
    public var registeredCount: Int { kept.withLock { $0.picture.extensions.count } }

    /// What was told of a trunk last.
    func trunkPicture(_ trunkID: TrunkID) -> TrunkPicture? {
        kept.withLock { $0.picture.trunks[trunkID] }
    }

    /// Takes news, in the order of the calls.
    public func tell(_ news: ExchangeEvent.News) {
        let told = kept.withLock { kept -> [Subscriber] in
            kept.lastNumber += 1
            let event = ExchangeEvent(
                number: kept.lastNumber, instant: time.now, at: time.wallTime, news: news)
            if kept.events.count < Self.limit {
                kept.events.append(event)
            } else {
                kept.events[Self.place(of: event.number)] = event
            }
            kept.picture.apply(news)
            var told: [Subscriber] = []
            for index in kept.subscribers.indices where !kept.subscribers[index].isTold {
                kept.subscribers[index].isTold = true
                told.append(kept.subscribers[index])
            }
            return told
        }
        // A mailbox that is full is told again by the next event.
        for subscriber in told where !subscriber.tell() { forgetTelling(subscriber.number) }
    }

    private static func place(of number: UInt64) -> Int { Int((number - 1) % UInt64(limit)) }

    private func forgetTelling(_ number: UInt64) {
        kept.withLock { kept in
            guard let index = kept.subscribers.firstIndex(where: { $0.number == number }) else {
                return
            }
            kept.subscribers[index].isTold = false
        }
    }

    // MARK: Reading

    /// The events after a position, at most that many; a picture for who has none, or is too late.
    public func read(after position: EventPosition?, limit: Int = EventStream.limit) -> EventBatch {
        kept.withLock { kept in
            guard let position, position.run == run else { return batch(of: kept, nil, limit) }
            return batch(of: kept, position.number, limit)
        }
    }

    /// How things are now.
    public var picture: ExchangePicture { kept.withLock { $0.picture } }

    private func batch(of kept: Kept, _ number: UInt64?, _ limit: Int) -> EventBatch {
        let first = kept.lastNumber - UInt64(kept.events.count)
        guard let number, number >= first, number <= kept.lastNumber else {
            return EventBatch(
                position: EventPosition(run: run, number: kept.lastNumber), picture: kept.picture)
        }
        let last = min(kept.lastNumber, number + UInt64(max(0, limit)))
        let events =
            number == last ? [] : (number + 1...last).map { kept.events[Self.place(of: $0)] }
        return EventBatch(position: EventPosition(run: run, number: last), events: events)
    }

    // MARK: Subscribing

    /// Tells of events from now on, until the subscription goes; nil at the limit.
    ///
    /// - Parameter tell: posts to the subscriber's mailbox, and gives false where that refused.
    public func subscribe(_ tell: @escaping @Sendable () -> Bool) -> EventSubscription? {
        subscribe(tell, isPictureWanted: false)
    }

    /// The same, and the first reading gives a picture of how things are.
    public func subscribeFromPicture(
        _ tell: @escaping @Sendable () -> Bool
    ) -> EventSubscription? {
        subscribe(tell, isPictureWanted: true)
    }

    private func subscribe(
        _ tell: @escaping @Sendable () -> Bool, isPictureWanted: Bool
    ) -> EventSubscription? {
        let number = kept.withLock { kept -> UInt64? in
            guard kept.subscribers.count < Self.subscriptionLimit else { return nil }
            kept.lastSubscriber += 1
            kept.subscribers.append(
                Subscriber(
                    number: kept.lastSubscriber, tell: tell, isTold: isPictureWanted,
                    position: isPictureWanted ? nil : kept.lastNumber))
            return kept.lastSubscriber
        }
        return number.map { EventSubscription(stream: self, number: $0) }
    }

    fileprivate func read(_ number: UInt64, limit: Int) -> EventBatch {
        kept.withLock { kept in
            guard let index = kept.subscribers.firstIndex(where: { $0.number == number }) else {
                return batch(of: kept, nil, limit)
            }
            let read = batch(of: kept, kept.subscribers[index].position, limit)
            kept.subscribers[index].position = read.position.number
            kept.subscribers[index].isTold = read.position.number < kept.lastNumber
            return read
        }
    }

    fileprivate func unsubscribe(_ number: UInt64) {
        kept.withLock { $0.subscribers.removeAll { $0.number == number } }
    }
}

/// Somebody's place in the stream; when it goes, nothing is told any more.
public final class EventSubscription: Sendable {
    private let stream: EventStream
    private let number: UInt64

    fileprivate init(stream: EventStream, number: UInt64) {
        self.stream = stream
        self.number = number
    }

    deinit { stream.unsubscribe(number) }

    /// What came since the last reading. Read until it is empty: nothing is told before.
    public func read(limit: Int = 256) -> EventBatch { stream.read(number, limit: limit) }
}
