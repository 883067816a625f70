import Foundation
import GRDB
import Platform
import Testing

@testable import PBX

@Suite struct StoreOpeningTests {
    private let folder: TemporaryFolder
    private let lane = HeldLane()
    private var path: String { folder.file("exchange.db") }

    init() throws { folder = try TemporaryFolder() }

    private func open() throws(StoreError) -> Store { try Store.open(path: path, lane: lane) }

    @Test func `what was committed outlives a kill: a copy of the open files holds it`() throws {
        let store = try open()
        _ = try store.run(
            .apply(extensionRows(1, number: "100"), domain: office, note: revisionNote()))
        store.perform(.saveBindings([bindingRecord()])) { _ in }
        lane.runAll()
        let copy = folder.file("copy.db")
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
        }
        let reopened = try Store.open(path: copy, lane: lane)
        #expect(try reopened.run(.listBindings(domain: office)) == [bindingRecord()])
        #expect(try reopened.run(.loadDirectory(domain: office)).extensionCount == 1)
        withExtendedLifetime(store) {}
    }

    @Test func `a second opening of the same folder is refused until the first is closed`() throws {
        let store = try open()
        #expect(throws: StoreError.inUse(path: path)) { try open() }
        store.close()
        try open().close()
    }

    @Test func `a file that is no database is named corrupt`() throws {
        try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: StoreError.self) { try open() }
        guard case .corrupt = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains("backup") == true)
    }

    @Test func `a damaged page is named corrupt, when it is read`() throws {
        let store = try open()
        let rows = (1...200).flatMap { extensionRows($0, number: "\(1000 + $0)") }
        _ = try store.run(.apply(rows, domain: office, note: revisionNote()))
        store.close()
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        let size = try handle.seekToEnd()
        for offset in stride(from: 8192, to: size, by: 4096) {
            try handle.seek(toOffset: offset)
            try handle.write(contentsOf: Data(repeating: 0xEE, count: 64))
        }
        try handle.close()
        let error = #expect(throws: StoreError.self) {
            let damaged = try open()
            _ = try damaged.run(.loadDirectory(domain: office))
        }
        guard case .corrupt = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a database of another program is left alone`() throws {
        let other = try DatabaseQueue(path: path)
        try other.write { try $0.execute(sql: "CREATE TABLE recipe (name TEXT)") }
        try other.close()
        #expect(throws: StoreError.foreign(path: path)) { try open() }
    }

    @Test func `a database of a newer version is left alone`() throws {
        try open().close()
        let newer = try DatabaseQueue(path: path)
        try newer.write {
            try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 from the future')")
        }
        try newer.close()
        #expect(throws: StoreError.madeByNewerVersion(path: path)) { try open() }
    }

    @Test func `folder, database and lock are closed to others`() throws {
        let inner = folder.file("data")
        let path = inner + "/exchange.db"
        try DataFolder.prepare(inner, databasePath: path)
        let store = try Store.open(path: path, lane: lane)
        _ = try store.run(
            .apply(extensionRows(1, number: "100"), domain: office, note: revisionNote()))
        let rights = try FileManager.default.contentsOfDirectory(atPath: inner).sorted().map {
            try FileManager.default.attributesOfItem(atPath: inner + "/" + $0)[.posixPermissions]
                as? Int
        }
        #expect(rights.count >= 3)
        #expect(rights.allSatisfy { $0 == 0o600 })
        let attributes = try FileManager.default.attributesOfItem(atPath: inner)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
    }

    @Test func `a missing folder is told, not made`() {
        let path = folder.file("nowhere/exchange.db")
        let error = #expect(throws: StoreError.self) { try Store.open(path: path, lane: lane) }
        guard case .cannotOpen = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a full disk fails the transaction that fills it, and small ones still pass`() throws
    {
        let store = try open()
        _ = try store.run(
            .apply(extensionRows(1, number: "100"), domain: office, note: revisionNote()))
        try store.database.writeWithoutTransaction { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            _ = try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(pages + 2)")
        }
        let outcomes = Collected<String>()
        let large = bindingRecord(contact: "sip:" + String(repeating: "x", count: 60_000))
        for binding in [bindingRecord(contact: "sip:a@x"), large, bindingRecord()] {
            store.perform(.saveBindings([binding])) { result in
                switch result {
                case .success: outcomes.append("saved")
                case .failure(.diskFull): outcomes.append("full")
                case .failure(let other): outcomes.append("\(other)")
                }
            }
        }
        lane.runAll()
        #expect(outcomes.values == ["saved", "full", "saved"])
        #expect(try store.run(.listBindings(domain: office)).count == 2)
    }

    @Test func `SQLite's refusals become errors that say what to do`() {
        let table: [(ResultCode, StoreError)] = [
            (.SQLITE_READONLY, .readOnly(path: "x")), (.SQLITE_FULL, .diskFull(path: "x")),
            (.SQLITE_BUSY, .inUse(path: "x")), (.SQLITE_PERM, .readOnly(path: "x")),
            (.SQLITE_IOERR, .inputOutput(path: "x", detail: "said")),
            (.SQLITE_CORRUPT, .corrupt(path: "x", detail: "said")),
        ]
        for (code, expected) in table {
            let error = StoreError(DatabaseError(resultCode: code, message: "said"), path: "x")
            #expect(error == expected)
            #expect(error.description.contains(";"))
        }
    }

    @Test func `every query that starts run finds its rows by an index`() throws {
        let store = try open()
        let queries = [
            "SELECT * FROM call WHERE domain = 'x' AND ended_at IS NULL",
            "UPDATE call_leg SET ended_at = 1, end_reason = 'x' WHERE domain = 'x' "
                + "AND ended_at IS NULL",
            "SELECT * FROM call WHERE domain = 'x' ORDER BY call_id DESC LIMIT 5",
            "SELECT extension_id FROM extension WHERE domain = 'x' AND number = '1'",
        ]
        try store.database.writeWithoutTransaction { database in
            for query in queries {
                let plan = try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + query)
                    .map { $0["detail"] as String }
                #expect(plan.allSatisfy { $0.hasPrefix("SEARCH") }, "\(query): \(plan)")
            }
        }
    }
}
