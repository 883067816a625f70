import GRDB
import Platform
import Synchronization

/// The exchange's memory on disk: SQLite through GRDB, one connection, one ordered lane.
///
/// Transactions that wait together share one commit, each in a savepoint of its own so that one
/// that fails does not undo the others: a commit costs a disk write, a savepoint does not.
/// Completions run on the lane, in order, after the commit: they post, they never work.
///
///     perform ──► waiting ──► lane: BEGIN, savepoint each, COMMIT ──► completions
public final class Store: Sendable {
    /// At most this many share a commit, so that the first does not wait long for the last.
    public static var groupLimit: Int { 256 }
    /// Beyond this many waiting transactions new ones fail: the disk is stuck, and memory must not
    /// follow.
    public static var waitingLimit: Int { 65_536 }

    private struct Waiting: Sendable {
        /// Runs the body; gives what is to be called after the commit.
        let attempt: @Sendable (Database) throws -> @Sendable () -> Void
        let fail: @Sendable (StoreError) -> Void
    }

    private struct Backlog: Sendable {
        var waiting: [Waiting] = []
        var isScheduled = false
        var isClosed = false
    }

    public let path: String
    let database: DatabaseQueue
    private let lane: any StorageLane
    private let folderLock: FolderLock?
    private let backlog = Mutex(Backlog())

    init(path: String, database: DatabaseQueue, lane: any StorageLane, folderLock: FolderLock?) {
        self.path = path
        self.database = database
        self.lane = lane
        self.folderLock = folderLock
    }

    /// Hands a transaction over; never blocks. `then` is called once, on the lane.
    public func perform<Value>(
        _ transaction: StoreTransaction<Value>,
        then: @escaping @Sendable (StoreResult<Value>) -> Void
    ) {
        let waiting = Waiting(
            attempt: { database in
                let value = try transaction.body(database)
                return { then(.success(value)) }
            },
            fail: { then(.failure($0)) })
        let (refusal, mustSchedule) = backlog.withLock { backlog -> (StoreError?, Bool) in
            if backlog.isClosed { return (.closed, false) }
            if backlog.waiting.count >= Self.waitingLimit { return (.overloaded, false) }
            backlog.waiting.append(waiting)
            defer { backlog.isScheduled = true }
            return (nil, !backlog.isScheduled)
        }
        if let refusal {
            lane.perform { then(.failure(refusal)) }
        } else if mustSchedule {
            lane.perform { self.commitWaiting() }
        }
    }

    /// How many transactions wait: a figure for metrics.
    public var waitingCount: Int { backlog.withLock { $0.waiting.count } }

    /// Performs one transaction here and now, blocking: for tools and for the start of the daemon.
    public func run<Value>(_ transaction: StoreTransaction<Value>) throws(StoreError) -> Value {
        if backlog.withLock({ $0.isClosed }) { throw .closed }
        do {
            return try database.inTransactionNow { try transaction.body($0) }
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Commits what still waits, then closes the file. Later transactions fail as `.closed`.
    public func close() {
        backlog.withLock { $0.isClosed = true }
        while commitNextGroup() {}
        try? database.close()
        folderLock?.release()
    }

    private func commitWaiting() {
        let isMoreWaiting = commitNextGroup()
        if isMoreWaiting { lane.perform { self.commitWaiting() } }
    }

    /// Commits one group and calls its completions; true where more wait.
    private func commitNextGroup() -> Bool {
        let group = backlog.withLock { backlog -> [Waiting] in
            let group = Array(backlog.waiting.prefix(Self.groupLimit))
            backlog.waiting.removeFirst(group.count)
            return group
        }
        for completion in commit(group) { completion() }
        return backlog.withLock { backlog in
            backlog.isScheduled = !backlog.waiting.isEmpty
            return backlog.isScheduled
        }
    }

    /// One commit for all; where the commit itself is lost, one for each.
    private func commit(_ group: [Waiting]) -> [@Sendable () -> Void] {
        guard !group.isEmpty else { return [] }
        do {
            return try database.inTransactionNow { database in
                try group.map { try self.attempt($0, in: database) }
            }
        } catch {
            if group.count > 1 { return group.flatMap { commit([$0]) } }
            let failure = StoreError(error, path: path)
            return group.map { waiting in { waiting.fail(failure) } }
        }
    }

    /// Runs one body in a savepoint. Throws only where the whole transaction is gone: SQLite rolls
    /// back by itself when the disk is full or fails.
    private func attempt(
        _ waiting: Waiting, in database: Database
    ) throws -> @Sendable () -> Void {
        try database.run("SAVEPOINT one")
        do {
            let completion = try waiting.attempt(database)
            try database.run("RELEASE one")
            return completion
        } catch {
            guard database.isInsideTransaction else { throw error }
            try database.run("ROLLBACK TO one")
            try database.run("RELEASE one")
            let failure = StoreError(error, path: path)
            return { waiting.fail(failure) }
        }
    }
}

extension DatabaseQueue {
    /// One immediate transaction on the calling thread; rolled back where the body throws.
    fileprivate func inTransactionNow<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try writeWithoutTransaction { database in
            try database.beginTransaction(.immediate)
            do {
                let value = try body(database)
                try database.commit()
                return value
            } catch {
                if database.isInsideTransaction { try? database.rollback() }
                throw error
            }
        }
    }
}
