import Foundation
import GRDB
import Platform

extension Store {
    /// Our files bear this number ("STRW") where SQLite leaves room for one.
    static var applicationID: Int32 { 0x5354_5257 }

    /// Opens or makes the database of a data folder that exists, brings its tables up to date, and
    /// keeps every other process out until ``close()`` or the end of this one.
    public static func open(path: String, lane: any StorageLane) throws(StoreError) -> Store {
        let folderLock = try FolderLock(databasePath: path)
        do {
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try prepare(database, path: path)
            return Store(path: path, database: database, lane: lane, folderLock: folderLock)
        } catch {
            // Whoever tries again must not find itself in the way.
            folderLock.release()
            throw StoreError(error, path: path)
        }
    }

    /// A store that lives in memory only: for tests and trials.
    public static func inMemory(lane: any StorageLane) throws(StoreError) -> Store {
        let database: DatabaseQueue
        do {
            database = try DatabaseQueue(configuration: configuration)
        } catch {
            throw StoreError(error, path: ":memory:")
        }
        try prepare(database, path: ":memory:")
        return Store(path: ":memory:", database: database, lane: lane, folderLock: nil)
    }

    /// WAL: a commit is one append, and others may read meanwhile. FULL: the append is synced, so
    /// that what was answered with 200 outlives a power cut too; a group shares the sync.
    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "strowger.store"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(2)
        configuration.transactionClock = worldlessClock
        configuration.prepareDatabase { database in
            _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // After a burst the log is cut back to 64 MiB.
            _ = try Int.fetchOne(database, sql: "PRAGMA journal_size_limit = 67108864")
        }
        return configuration
    }

    /// GRDB would read the machine's clock for each transaction; times in rows are the world's.
    fileprivate static var worldlessClock: some TransactionClock {
        .custom { _ in Date(timeIntervalSince1970: 0) }
    }

    private static func prepare(_ database: DatabaseQueue, path: String) throws(StoreError) {
        do {
            let migrator = StoreSchema.migrator
            try database.writeWithoutTransaction { database in
                let found = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
                let tables =
                    try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
                guard found == applicationID || (found == 0 && tables == 0) else {
                    throw StoreError.foreign(path: path)
                }
                if try migrator.hasBeenSuperseded(database) {
                    throw StoreError.madeByNewerVersion(path: path)
                }
                if found == 0 {
                    try database.execute(sql: "PRAGMA application_id = \(applicationID)")
                }
            }
            try migrator.migrate(database)
        } catch {
            throw StoreError(error, path: path)
        }
    }
}

/// Keeps a data folder to one process: a small database beside the real one, locked for as long as
/// the process lives. The kernel frees the lock however the process ends.
///
/// The real database is not locked this way, so that it can be read and backed up meanwhile.
final class FolderLock: Sendable {
    private let lock: DatabaseQueue

    init(databasePath: String) throws(StoreError) {
        do {
            var configuration = Configuration()
            configuration.label = "strowger.lock"
            configuration.allowsUnsafeTransactions = true
            configuration.busyMode = .timeout(2)
            configuration.transactionClock = Store.worldlessClock
            lock = try DatabaseQueue(
                path: Self.path(beside: databasePath), configuration: configuration)
            try lock.writeWithoutTransaction { try $0.beginTransaction(.exclusive) }
        } catch {
            throw StoreError(error, path: databasePath)
        }
    }

    static func path(beside databasePath: String) -> String { databasePath + ".lock" }

    func release() {
        try? lock.writeWithoutTransaction { try $0.rollback() }
        try? lock.close()
    }
}
