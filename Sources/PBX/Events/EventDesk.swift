import Platform

/// Answers who reads the events from outside: at once where there are some, else when one comes, or
/// when the asker's patience ends.
actor EventDesk: MailboxOwner {
    enum Message: Sendable {
        case read(after: EventPosition?, patience: Duration, reply: Reply)
        case eventsCame
        case wake
        case stop
    }

    typealias Reply = @Sendable (EventBatch) -> Void

    /// Readers that wait at a time; another one gets an empty answer at once.
    static let waitingLimit = 64
    /// Events of one answer.
    static let batchLimit = 500
    /// Nobody waits longer.
    static let longestPatience = Duration.seconds(60)

    private struct Waiting {
        var position: EventPosition
        var reply: Reply
    }

    nonisolated let mailbox = Mailbox<EventDesk>()
    private let world: World
    private let events: EventStream
    private var waiting: [UInt64: Waiting] = [:]
    private var lastNumber: UInt64 = 0
    private var deadlines = DeadlineTable<UInt64>()
    private var alarm: (any Alarm)?
    /// Only while somebody waits: nothing is told that nobody asked for.
    private var subscription: EventSubscription?

    init(world: World, events: EventStream) {
        self.world = world
        self.events = events
        mailbox.bind(to: self, on: world.executor)
    }

    func handle(_ message: Message) {
        switch message {
        case .read(let position, let patience, let reply):
            read(after: position, patience, reply)
        case .eventsCame:
            _ = subscription?.read(limit: .max)
            let readers = waiting.sorted { $0.key < $1.key }.map(\.value)
            forgetAll()
            for reader in readers { reply(to: reader) }
        case .wake:
            while let number = deadlines.popDue(now: world.time.now) {
                guard let reader = waiting.removeValue(forKey: number) else { continue }
                reply(to: reader)
            }
            alarm?.set(deadlines.earliest)
            if waiting.isEmpty { forgetAll() }
        case .stop:
            let readers = waiting.values
            forgetAll()
            for reader in readers { reply(to: reader) }
        }
    }

    private func read(
        after position: EventPosition?, _ patience: Duration, _ reply: @escaping Reply
    ) {
        let batch = events.read(after: position, limit: Self.batchLimit)
        guard batch.isEmpty, patience > .zero, waiting.count < Self.waitingLimit else {
            return reply(batch)
        }
        if subscription == nil {
            subscription = events.subscribe { [mailbox] in mailbox.post(.eventsCame) }
            alarm = world.timers.makeAlarm { [mailbox] in mailbox.post(.wake) }
        }
        lastNumber += 1
        waiting[lastNumber] = Waiting(position: batch.position, reply: reply)
        deadlines.set(
            lastNumber, at: world.time.now + min(patience, Self.longestPatience))
        alarm?.set(deadlines.earliest)
        // What came between the reading and the subscribing is told now.
        if !events.read(after: batch.position, limit: 1).isEmpty {
            mailbox.post(.eventsCame)
        }
    }

    private func reply(to reader: Waiting) {
        reader.reply(events.read(after: reader.position, limit: Self.batchLimit))
    }

    private func forgetAll() {
        waiting = [:]
        deadlines = DeadlineTable()
        alarm?.set(nil)
        alarm = nil
        subscription = nil
    }
}
