import Platform

/// Answers of the domain name system, for as long as they say that they are good.
///
/// When nobody answers any more, what was known is used for another while (RFC 8767): an exchange
/// whose name server is down goes on telephoning.
struct NameCache: Sendable {
    /// Answers kept at most. Beyond it those that have run out go, then the one that runs out first.
    static let limit = 4096
    /// Bounds of what answers say of themselves: no storm of questions, no address for ever.
    static let shortest = Duration.seconds(5)
    static let longest = Duration.seconds(3600)
    static let longestNothing = Duration.seconds(300)
    /// How long nobody is asked again after a failure.
    static let failurePause = Duration.seconds(5)
    /// How long records that have run out may stand in for an answer that can't be had.
    static let staleness = Duration.seconds(86_400)

    private struct Entry {
        var answer: NameAnswer
        /// Until then nobody is asked again.
        var expires: Instant
        /// Until then it may stand in for an answer that can't be had.
        var usableUntil: Instant
    }

    private var entries: [NameQuestion: Entry] = [:]

    var count: Int { entries.count }

    /// What is known and good; nil: ask.
    func answer(to question: NameQuestion, now: Instant) -> NameAnswer? {
        guard let entry = entries[question], now < entry.expires else { return nil }
        return entry.answer
    }

    /// Keeps an answer; gives what askers get, which after a failure is what was known before.
    mutating func take(
        _ answer: NameAnswer, to question: NameQuestion, now: Instant
    ) -> NameAnswer {
        switch answer {
        case .records(_, let lifetime):
            let expires = now + min(max(lifetime, Self.shortest), Self.longest)
            remember(
                Entry(answer: answer, expires: expires, usableUntil: expires + Self.staleness),
                question, now)
        case .nothing(let lifetime):
            let expires = now + min(max(lifetime, Self.shortest), Self.longestNothing)
            remember(
                Entry(answer: answer, expires: expires, usableUntil: expires), question, now)
        case .failed:
            let pause = now + Self.failurePause
            if let old = entries[question], case .records = old.answer, now < old.usableUntil {
                entries[question]?.expires = max(old.expires, pause)
                return old.answer
            }
            remember(Entry(answer: answer, expires: pause, usableUntil: pause), question, now)
        }
        return answer
    }

    private mutating func remember(_ entry: Entry, _ question: NameQuestion, _ now: Instant) {
        if entries[question] == nil, entries.count >= Self.limit { makeRoom(now: now) }
        entries[question] = entry
    }

    private mutating func makeRoom(now: Instant) {
        entries = entries.filter { now < $0.value.expires }
        guard entries.count >= Self.limit else { return }
        let first = entries.min {
            ($0.value.expires, $0.key.description) < ($1.value.expires, $1.key.description)
        }
        if let first { entries[first.key] = nil }
    }
}

/// Hops that failed a moment ago: tried last for a while, never left out (RFC 3263 §4.3).
struct BlockedHops: Sendable {
    /// Hops remembered at most; beyond it the one that is free first is forgotten.
    static let limit = 1024
    /// How long a hop waits that did not say itself (RFC 3261 §21.5.4).
    static let usualPause = Duration.seconds(30)
    static let longestPause = Duration.seconds(600)

    private var until: [NextHop: Instant] = [:]

    var count: Int { until.count }

    func isBlocked(_ hop: NextHop, now: Instant) -> Bool {
        until[hop].map { now < $0 } ?? false
    }

    mutating func block(_ hop: NextHop, for pause: Duration?, now: Instant) {
        let end = now + min(pause ?? Self.usualPause, Self.longestPause)
        if until[hop] == nil, until.count >= Self.limit {
            until = until.filter { now < $0.value }
            let first = until.min {
                ($0.value, $0.key.description) < ($1.value, $1.key.description)
            }
            if until.count >= Self.limit, let first { until[first.key] = nil }
        }
        until[hop] = end
    }

    mutating func free(_ hop: NextHop) {
        until[hop] = nil
    }

    /// The same hops, those that failed a moment ago behind the others.
    func ordered(_ hops: [NextHop], now: Instant) -> [NextHop] {
        hops.filter { !isBlocked($0, now: now) } + hops.filter { isBlocked($0, now: now) }
    }
}
