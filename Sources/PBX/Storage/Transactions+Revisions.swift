import GRDB
import Platform

/// Who changes the configuration, when, and what for.
public struct RevisionNote: Sendable, Hashable {
    public var author: String
    public var at: WallTime
    public var comment: String

    public init(author: String, at: WallTime, comment: String) {
        self.author = author
        self.at = at
        self.comment = comment
    }
}

extension StoreTransaction where Value == Revision {
    /// Sets and removes rows as one numbered revision, wholly or not at all.
    public static func apply(
        _ changes: [ConfigurationChange], domain: Domain, note: RevisionNote
    ) -> StoreTransaction {
        StoreTransaction("configuration.apply") { database in
            try database.makeRevision(domain: domain, note: note) { draft in
                for change in changes { try draft.apply(change) }
            }.revision
        }
    }

    /// Takes back a revision, or the last one that still counts, by a new revision.
    ///
    /// Without a number an undo is not undone: saying it twice goes two steps back. Naming the
    /// number of an undo does its work again. Refused where later revisions changed the same rows.
    public static func undo(
        _ number: Int64?, domain: Domain, author: String, at: WallTime
    ) -> StoreTransaction {
        StoreTransaction("configuration.undo") { database in
            let rows = try database.revisionRows(domain: domain)
            let number = try target(number, among: rows)
            guard
                let texts = try database.firstRow(
                    "SELECT comment, forward, inverse FROM revision WHERE domain = ? AND number = ?",
                    [domain.name, number])
            else { throw ConfigurationError.noSuchRevision(number) }
            let comment: String = texts[0]
            let forward = try database.changes(texts[1])
            let inverse = try database.changes(texts[2])
            let note = RevisionNote(
                author: author, at: at, comment: "revision \(number) undone (\(comment))")
            return try database.makeRevision(domain: domain, note: note, undoes: number) { draft in
                try draft.requireUnchanged(since: number, forward, in: database)
                for change in inverse { try draft.apply(change) }
            }.revision
        }
    }

    private static func target(_ number: Int64?, among rows: [RevisionRow]) throws -> Int64 {
        if let number {
            guard let row = rows.first(where: { $0.number == number }) else {
                throw ConfigurationError.noSuchRevision(number)
            }
            guard row.isInForce else { throw ConfigurationError.alreadyUndone(number) }
            return number
        }
        guard let last = rows.last(where: { $0.isInForce && $0.undoes == nil }) else {
            throw ConfigurationError.nothingToUndo
        }
        return last.number
    }
}

/// A revision as lists show it.
public struct RevisionRow: Sendable, Hashable, Codable {
    public var number: Int64
    public var author: String
    public var at: WallTime
    public var comment: String
    public var undoes: Int64?
    /// False where a later revision that is in force took it back.
    public var isInForce: Bool
}

extension StoreTransaction where Value == [RevisionRow] {
    /// All revisions of a domain, oldest first.
    public static func listRevisions(domain: Domain) -> StoreTransaction {
        StoreTransaction("configuration.list") { try $0.revisionRows(domain: domain) }
    }
}

extension Database {
    /// Runs the body over a draft and writes what it did as the next revision.
    func makeRevision<Value>(
        domain: Domain, note: RevisionNote, undoes: Int64? = nil,
        _ body: (inout ConfigurationDraft) throws -> Value
    ) throws -> (revision: Revision, value: Value) {
        var draft = ConfigurationDraft(domain: domain, database: self)
        let value = try body(&draft)
        let last = try Int64.fetchOne(
            cachedStatement(sql: "SELECT max(number) FROM revision WHERE domain = ?"),
            arguments: [domain.name])
        let number = (last ?? 0) + 1
        let forward = try JSONText.encode(draft.forward)
        let inverse = try JSONText.encode(draft.inverse)
        try run(
            """
            INSERT INTO revision (domain, number, author, at, comment, undoes, forward, inverse)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                domain.name, number, note.author, note.at.microseconds, note.comment, undoes,
                forward, inverse,
            ])
        let revision = Revision(
            number: number, domain: domain, author: note.author, at: note.at,
            comment: note.comment, undoes: undoes, changes: draft.forward)
        return (revision, value)
    }

    fileprivate func revisionRows(domain: Domain) throws -> [RevisionRow] {
        var rows = try values(
            "SELECT number, author, at, comment, undoes FROM revision WHERE domain = ? "
                + "ORDER BY number", [domain.name]
        ) {
            RevisionRow(
                number: $0[0], author: $0[1], at: WallTime(microseconds: $0[2]), comment: $0[3],
                undoes: $0[4], isInForce: true)
        }
        // From the newest back: whether an undo counts is known before what it undoes is met.
        var undone: Set<Int64> = []
        for index in rows.indices.reversed() {
            rows[index].isInForce = !undone.contains(rows[index].number)
            if rows[index].isInForce, let target = rows[index].undoes { undone.insert(target) }
        }
        return rows
    }

    fileprivate func changes(_ text: String) throws -> [ConfigurationChange] {
        do {
            return try JSONText.decode([ConfigurationChange].self, from: text)
        } catch {
            throw UnreadableRow(table: "revision", column: "forward")
        }
    }
}

extension ConfigurationDraft {
    /// Throws unless every row is as the revision left it.
    fileprivate func requireUnchanged(
        since number: Int64, _ changes: [ConfigurationChange], in database: Database
    ) throws {
        var left: [ConfigurationChange: ConfigurationChange] = [:]
        for change in changes { left[change.removal] = change }
        var touched: Set<ConfigurationChange> = []
        for (key, change) in left {
            let expected = change.isRemoval ? nil : change
            if try current(key) != expected { touched.insert(key) }
        }
        guard !touched.isEmpty else { return }
        let later = try database.values(
            "SELECT number, forward FROM revision WHERE domain = ? AND number > ? ORDER BY number",
            [domain.name, number]
        ) { (number: $0[0] as Int64, forward: $0[1] as String) }
        let causes = try later.filter { row in
            try database.changes(row.forward).contains { touched.contains($0.removal) }
        }
        throw ConfigurationError.changedSince(number, by: causes.map(\.number))
    }
}
