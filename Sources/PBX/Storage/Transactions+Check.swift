import GRDB
import Platform

/// What a check of the store found.
public struct StoreCheck: Hashable, Sendable, Codable {
    /// What is wrong, one line each; empty: all is well.
    public var problems: [String]
    public var domain: Domain
    public var revision: Int64
    public var extensionCount: Int
    public var bindingCount: Int
    public var openCallCount: Int
    public var finishedCallCount: Int
    public var sizeInBytes: Int64
}

extension StoreTransaction where Value == [Domain] {
    /// The domains that the store was configured for.
    public static func listDomains() -> StoreTransaction {
        StoreTransaction("domains.list") { database in
            try database.values("SELECT DISTINCT domain FROM revision ORDER BY domain") {
                try ReadRow($0, of: "revision").parsed("domain", Domain.init)
            }
        }
    }
}

extension StoreTransaction where Value == StoreCheck {
    /// Reads the whole file: structure, references between tables, and what a domain needs.
    public static func check(domain: Domain) -> StoreTransaction {
        StoreTransaction("store.check") { database in
            func count(_ query: String) throws -> Int {
                try Int.fetchOne(database, sql: query, arguments: [domain.name]) ?? 0
            }
            let extensionCount = try count("SELECT count(*) FROM extension WHERE domain = ?")
            return StoreCheck(
                problems: try database.structureProblems()
                    + database.domainProblems(domain, extensionCount: extensionCount),
                domain: domain,
                revision: Int64(
                    try count("SELECT coalesce(max(number), 0) FROM revision WHERE domain = ?")),
                extensionCount: extensionCount,
                bindingCount: try count("SELECT count(*) FROM binding WHERE domain = ?"),
                openCallCount: try count(
                    "SELECT count(*) FROM call WHERE domain = ? AND ended_at IS NULL"),
                finishedCallCount: try count(
                    "SELECT count(*) FROM call WHERE domain = ? AND ended_at IS NOT NULL"),
                sizeInBytes: try database.sizeInBytes())
        }
    }
}

extension Database {
    fileprivate func structureProblems() throws -> [String] {
        let found = try String.fetchAll(self, sql: "PRAGMA quick_check(20)")
        let orphans = try Row.fetchAll(self, sql: "PRAGMA foreign_key_check").prefix(20)
        return found.filter { $0 != "ok" }.map { "the file is damaged: \($0)" }
            + orphans.map { row in
                let table: String = row[0]
                let parent: String = row[2]
                return "a row of \(table) refers to a missing row of \(parent)"
            }
    }

    fileprivate func domainProblems(_ domain: Domain, extensionCount: Int) throws -> [String] {
        var problems: [String] = []
        let others = try String.fetchAll(
            self, sql: "SELECT DISTINCT domain FROM extension WHERE domain <> ? ORDER BY domain",
            arguments: [domain.name])
        if extensionCount == 0 && !others.isEmpty {
            problems.append(
                "the settings name the domain \(domain), but the extensions belong to "
                    + "\(others.joined(separator: ", ")); set 'domain' back")
        }
        let strange = try Int.fetchOne(
            self, sql: "SELECT count(*) FROM device WHERE domain = ? AND realm <> domain",
            arguments: [domain.name])
        if let strange, strange > 0 {
            problems.append(
                "\(strange) devices have passwords for another realm; give them new ones with: "
                    + "pbxctl extension set NUMBER --draw-password")
        }
        return problems
    }

    fileprivate func sizeInBytes() throws -> Int64 {
        let pages = try Int64.fetchOne(self, sql: "PRAGMA page_count") ?? 0
        let size = try Int64.fetchOne(self, sql: "PRAGMA page_size") ?? 0
        return pages * size
    }
}
