import Platform

/// Which names failed where, and how long each is held back there: a part of ``SourceLedger``.
///
/// Counted twice: per source and name, which slows whoever tries one name again and again from one
/// place without troubling the others behind the same address; and per name over the sources of all
/// strangers together, which slows those who guess from many places.
struct FailedNames: Sendable {
    /// Rows that are kept. When it is full, those that are held back no more are forgotten; while
    /// none is, further names are counted at their source alone.
    static var limit: Int { 8192 }

    private struct Row: Sendable {
        var failures = 0
        var last: Instant
        var heldUntil: Instant
    }

    private struct Key: Hashable, Sendable {
        /// Nil: over all strangers' sources.
        var source: SourceKey?
        var name: String
    }

    /// Names are cut here: what is longer is no name of ours.
    private static var longestName: Int { 64 }

    private let limits: AbuseLimits
    private var rows: [Key: Row] = [:]
    private var nextSweep = Instant.start

    init(limits: AbuseLimits) {
        self.limits = limits
    }

    var count: Int { rows.count }

    func heldUntil(_ name: String, from source: SourceKey, isFamiliar: Bool) -> Instant {
        guard !rows.isEmpty else { return .start }
        let name = Self.cut(name)
        let own = rows[Key(source: source, name: name)]?.heldUntil ?? .start
        guard !isFamiliar else { return own }
        return max(own, rows[Key(source: nil, name: name)]?.heldUntil ?? .start)
    }

    /// Notes a failure; true where that name had not failed there within the window.
    mutating func note(
        _ name: String, from source: SourceKey, isFamiliar: Bool, now: Instant
    ) -> Bool {
        let name = Self.cut(name)
        if !isFamiliar {
            _ = add(Key(source: nil, name: name), free: limits.failuresOfName, now: now)
        }
        return add(Key(source: source, name: name), free: limits.freeFailures, now: now)
    }

    mutating func forget(_ name: String, from source: SourceKey) {
        guard !rows.isEmpty else { return }
        rows[Key(source: source, name: Self.cut(name))] = nil
    }

    mutating func forgetAll(from source: SourceKey) {
        rows = rows.filter { $0.key.source != source }
    }

    private mutating func add(_ key: Key, free: Int, now: Instant) -> Bool {
        if rows[key] == nil, rows.count >= Self.limit { sweep(now: now) }
        var row = rows[key] ?? Row(last: now, heldUntil: .start)
        let isNew = row.failures == 0 || now - row.last >= limits.window
        guard row.failures > 0 || rows.count < Self.limit else { return true }
        row.failures = isNew ? 1 : row.failures + 1
        row.last = now
        row.heldUntil = now + limits.pause(after: row.failures, free: free)
        rows[key] = row
        return isNew
    }

    /// Not oftener than every second: a full table must not make each failure dear.
    private mutating func sweep(now: Instant) {
        guard now >= nextSweep else { return }
        nextSweep = now + .seconds(1)
        rows = rows.filter { now - $0.value.last < limits.window }
        guard rows.count >= Self.limit else { return }
        rows = rows.filter { $0.value.heldUntil > now }
    }

    private static func cut(_ name: String) -> String { String(name.prefix(longestName)) }
}
