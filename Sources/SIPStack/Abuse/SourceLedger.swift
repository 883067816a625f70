import Platform
import Wire

/// What each source of messages has done of late, and what it may do: the core of ``Doorkeeper``.
///
/// A fixed table, so that a flood from made-up addresses takes no memory. Each source has four
/// places that it can stand in; when all are taken the least worth remembering gives way: those who
/// did nothing before those who failed, those before the familiar, and the banned last. Where
/// places are follows from a secret key, so that nobody can push out whom they choose.
///
///     stranger ──signs in──► familiar ──so many names fail──► stranger
///        │ wrong passwords, unanswered challenges
///        ▼
///     banned ──time, administrator──► stranger, with a longer ban next time
struct SourceLedger: Sendable {
    /// Sources that are remembered: 1.3 MB.
    static var capacity: Int { 16_384 }
    private static var ways: Int { 4 }

    struct Entry: Sendable {
        var key: SourceKey
        /// When the last message would have been due, had they come at their rate.
        var paidUntil = Instant.start
        var windowBegan = Instant.start
        var bannedUntil = Instant.start
        var familiarUntil = Instant.start
        var droppedCount: UInt32 = 0
        var failures: UInt16 = 0
        var challenges: UInt16 = 0
        /// Names that failed within the window.
        var names: UInt16 = 0
        var banCount: UInt8 = 0
        var isTaken = false
        var reason = Ban.Reason.guessing
    }

    let limits: AbuseLimits
    private var entries: [Entry]
    private var names: FailedNames
    private let hash: SourceHash

    init(limits: AbuseLimits, key: [UInt8]) {
        self.limits = limits
        hash = SourceHash(key: key)
        names = FailedNames(limits: limits)
        let empty = Entry(key: SourceKey(.anyV6))
        entries = Array(repeating: empty, count: Self.capacity)
    }

    // MARK: Messages

    /// Whether a message from there is looked at; called for each, before anything is made of it.
    mutating func admits(_ key: SourceKey, now: Instant) -> Bool {
        let index = place(of: key, now: now)
        if entries[index].bannedUntil > now {
            entries[index].droppedCount &+= 1
            return false
        }
        let rate = entries[index].familiarUntil > now ? limits.familiar : limits.strangers
        let cost = Duration.nanoseconds(1_000_000_000 / Int64(rate.perSecond))
        let due = max(entries[index].paidUntil, now)
        guard due - now < cost * rate.burst else {
            entries[index].droppedCount &+= 1
            return false
        }
        entries[index].paidUntil = due + cost
        return true
    }

    /// Whether the source is banned; counts nothing.
    func isBanned(_ key: SourceKey, now: Instant) -> Bool {
        guard let index = find(key) else { return false }
        return entries[index].bannedUntil > now
    }

    // MARK: What became of them

    /// A request without credentials was challenged.
    mutating func challenged(_ key: SourceKey, now: Instant) -> Ban? {
        let index = counted(key, now: now)
        guard !isFamiliar(index, now: now) else { return nil }
        entries[index].challenges &+= 1
        guard Int(entries[index].challenges) >= limits.challenges else { return nil }
        return ban(index, .scanning, now: now)
    }

    /// How long credentials for that name from there are not even looked at; zero: they are.
    func pause(for name: String, from key: SourceKey, now: Instant) -> Duration {
        let isFamiliar = find(key).map { self.isFamiliar($0, now: now) } ?? false
        let until = names.heldUntil(name, from: key, isFamiliar: isFamiliar)
        return until > now ? until - now : .zero
    }

    /// Credentials were wrong.
    mutating func failed(_ name: String, from key: SourceKey, now: Instant) -> Ban? {
        let index = counted(key, now: now)
        let isFamiliar = isFamiliar(index, now: now)
        if names.note(name, from: key, isFamiliar: isFamiliar, now: now) {
            entries[index].names &+= 1
        }
        guard !self.isFamiliar(index, now: now) else { return nil }
        entries[index].failures &+= 1
        guard Int(entries[index].failures) >= limits.failures else { return nil }
        return ban(index, .guessing, now: now)
    }

    /// Somebody signed in.
    mutating func succeeded(_ name: String, from key: SourceKey, now: Instant) {
        names.forget(name, from: key)
        vouch(for: key, now: now)
    }

    /// The source is known by other means: a provider's, or a phone's of before the restart.
    mutating func vouch(for key: SourceKey, now: Instant) {
        let index = counted(key, now: now)
        entries[index].familiarUntil = now + limits.familiarity
        entries[index].challenges = 0
        guard Int(entries[index].names) < limits.names else { return }
        entries[index].failures = 0
    }

    // MARK: Bans

    func bans(now: Instant) -> [Ban] {
        entries.filter { $0.isTaken && $0.bannedUntil > now }.map(Ban.init)
            .sorted { ($0.until, $0.source.description) < ($1.until, $1.source.description) }
    }

    /// Forgets all that was held against a source. False where it was not banned.
    mutating func lift(_ key: SourceKey, now: Instant) -> Bool {
        guard let index = find(key), entries[index].bannedUntil > now else { return false }
        entries[index] = Entry(key: key, isTaken: true)
        names.forgetAll(from: key)
        return true
    }

    /// Names that are remembered for their failures: bounded, as an invariant checks.
    var failedNameCount: Int { names.count }

    private mutating func ban(_ index: Int, _ reason: Ban.Reason, now: Instant) -> Ban {
        entries[index].bannedUntil = now + limits.ban(after: Int(entries[index].banCount))
        entries[index].banCount = min(entries[index].banCount &+ 1, 200)
        entries[index].reason = reason
        entries[index].failures = 0
        entries[index].challenges = 0
        entries[index].names = 0
        entries[index].familiarUntil = .start
        return Ban(entries[index])
    }

    // MARK: Places

    private func isFamiliar(_ index: Int, now: Instant) -> Bool {
        entries[index].familiarUntil > now && Int(entries[index].names) < limits.names
    }

    /// The place of a source, with the counts of a window that is over forgotten.
    private mutating func counted(_ key: SourceKey, now: Instant) -> Int {
        let index = place(of: key, now: now)
        if now - entries[index].windowBegan >= limits.window {
            entries[index].windowBegan = now
            entries[index].failures = 0
            entries[index].challenges = 0
            entries[index].names = 0
        }
        return index
    }

    private func find(_ key: SourceKey) -> Int? {
        let first = hash.set(of: key, count: Self.capacity / Self.ways) * Self.ways
        for index in first..<first + Self.ways
        where entries[index].isTaken && entries[index].key == key {
            return index
        }
        return nil
    }

    private mutating func place(of key: SourceKey, now: Instant) -> Int {
        if let index = find(key) { return index }
        let first = hash.set(of: key, count: Self.capacity / Self.ways) * Self.ways
        var least = first
        for index in first + 1..<first + Self.ways
        where worth(index, now: now) < worth(least, now: now) {
            least = index
        }
        entries[least] = Entry(key: key, windowBegan: now, isTaken: true)
        return least
    }

    /// How much is lost when a place is given away: by kind first, then by how lately it was used.
    private func worth(_ index: Int, now: Instant) -> (Int, Instant) {
        let entry = entries[index]
        let kind =
            !entry.isTaken
            ? 0
            : entry.bannedUntil > now
                ? 4
                : entry.familiarUntil > now
                    ? 3
                    : entry.banCount > 0 || entry.failures > 0 ? 2 : 1
        return (kind, entry.paidUntil)
    }
}

extension Ban {
    fileprivate init(_ entry: SourceLedger.Entry) {
        self.init(
            source: entry.key, reason: entry.reason, until: entry.bannedUntil,
            count: Int(entry.banCount), droppedCount: Int(entry.droppedCount))
    }
}

/// Spreads sources over a table in a way that nobody foresees: two rounds of a 128-bit product with
/// secret words, since this is done for every message and needs no more than that.
struct SourceHash: Sendable {
    private let first: UInt64
    private let second: UInt64

    /// - Parameter key: 16 secret bytes.
    init(key: [UInt8]) {
        let hash = SipHash(key: key)
        first = hash.hash([1]) | 1
        second = hash.hash([2]) | 1
    }

    func set(of key: SourceKey, count: Int) -> Int {
        let one = (key.high ^ first).multipliedFullWidth(by: key.low ^ second)
        let mixed = one.high ^ one.low
        let two = (mixed ^ second).multipliedFullWidth(by: first)
        return Int((two.high ^ two.low) % UInt64(count))
    }
}
