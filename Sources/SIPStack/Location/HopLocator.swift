import Platform

/// Finds next hops for whoever asks: owns the cache of names, the searches under way, and what is
/// known of hops that failed.
///
/// A question that several searches have is asked once. Nothing here blocks: the resolver answers
/// by a message.
public actor HopLocator: MailboxOwner {
    public enum Message: Sendable {
        /// Where to send requests to that URI; the reply comes once, from this actor's thread.
        case locate(SIPURI, reply: @Sendable (Result<[NextHop], LocationFailure>) -> Void)
        case answered(NameQuestion, NameAnswer)
        /// A hop did not answer, or asked for a pause (Retry-After): others are tried before it.
        case failed(NextHop, pause: Duration?)
        /// A hop answered.
        case answering(NextHop)
        /// How many searches are under way.
        case count(reply: @Sendable (Int) -> Void)
        case wake
    }

    /// Searches under way at a time; a further one fails.
    static let searchLimit = 1024
    /// Longer than every resolver's patience, three questions after another: a search that a broken
    /// resolver forgot ends all the same.
    static let patience = NameResolverLimits.patience * 4

    private struct Search {
        var core: HopSearch
        var reply: @Sendable (Result<[NextHop], LocationFailure>) -> Void
        var name: String
    }

    public nonisolated let mailbox = Mailbox<HopLocator>()
    private let world: World
    private let resolver: any NameResolver
    private var cache = NameCache()
    private var blocked = BlockedHops()
    private var searches: [UInt64: Search] = [:]
    /// Which searches wait for which question.
    private var waiting: [NameQuestion: [UInt64]] = [:]
    private var lastSearch: UInt64 = 0
    private var deadlines = DeadlineTable<UInt64>()
    private var alarm: (any Alarm)?

    public init(world: World, resolver: any NameResolver) {
        self.world = world
        self.resolver = resolver
        alarm = world.timers.makeAlarm { [mailbox] in mailbox.post(.wake) }
        mailbox.bind(to: self, on: world.executor)
    }

    public func handle(_ message: Message) {
        switch message {
        case .locate(let uri, let reply):
            begin(uri, reply)
        case .answered(let question, let answer):
            take(answer, to: question)
        case .failed(let hop, let pause):
            blocked.block(hop.bare, for: pause, now: world.time.now)
        case .answering(let hop):
            blocked.free(hop.bare)
        case .count(let reply):
            reply(searches.count)
        case .wake:
            giveUp()
        }
        alarm?.set(deadlines.earliest)
    }

    private func begin(
        _ uri: SIPURI, _ reply: @escaping @Sendable (Result<[NextHop], LocationFailure>) -> Void
    ) {
        guard searches.count < Self.searchLimit else { return reply(.failure(.overloaded)) }
        lastSearch += 1
        searches[lastSearch] = Search(
            core: HopSearch(uri, seed: world.random.next()), reply: reply,
            name: uri.host.description)
        deadlines.set(lastSearch, at: world.time.now + Self.patience)
        feed(.begin, to: lastSearch)
    }

    private func feed(_ event: HopSearch.Event, to number: UInt64) {
        guard let effects = searches[number]?.core.handle(event) else { return }
        for effect in effects {
            switch effect {
            case .ask(let question): ask(question, for: number)
            case .found(let hops):
                conclude(number, .success(blocked.ordered(hops, now: world.time.now)))
            case .failed(let failure): conclude(number, .failure(failure))
            }
        }
    }

    private func ask(_ question: NameQuestion, for number: UInt64) {
        if let known = cache.answer(to: question, now: world.time.now) {
            // By the mailbox: the core is in the midst of its effects.
            waiting[question, default: []].append(number)
            mailbox.post(.answered(question, known))
            return
        }
        let isOpen = waiting[question] != nil
        waiting[question, default: []].append(number)
        guard !isOpen else { return }
        resolver.resolve(question) { [mailbox] answer in
            mailbox.post(.answered(question, answer))
        }
    }

    private func take(_ answer: NameAnswer, to question: NameQuestion) {
        let now = world.time.now
        var given = answer
        if cache.answer(to: question, now: now) != answer {
            given = cache.take(answer, to: question, now: now)
            if case .failed(let failure) = answer {
                world.recorder.record(
                    .debug, "name.failed",
                    [("question", "\(question)"), ("why", failure.rawValue)])
            }
        }
        for number in waiting.removeValue(forKey: question) ?? [] {
            feed(.answered(question, given), to: number)
        }
    }

    private func conclude(_ number: UInt64, _ result: Result<[NextHop], LocationFailure>) {
        deadlines.cancel(number)
        searches.removeValue(forKey: number)?.reply(result)
    }

    private func giveUp() {
        while let number = deadlines.popDue(now: world.time.now) {
            guard let search = searches[number] else { continue }
            for question in waiting.keys { waiting[question]?.removeAll { $0 == number } }
            waiting = waiting.filter { !$0.value.isEmpty }
            conclude(number, .failure(.unanswered(search.name, .timeout)))
        }
    }
}
