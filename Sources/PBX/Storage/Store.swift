import GRDB
import Platform
import Synchronization

/// The exchange's memory on disk: SQLite through GRDB, one connection, one ordered lane.
///
/// Transactions that wait together share one commit, for a commit costs a disk write. Where one of
/// them fails, which is rare, all are undone and run again, each in a savepoint of its own, so that
/// only the one that fails is left out. Completions run on the lane, in order, after the commit:
/// they post, they never work.
///
///     perform ──► waiting ──► lane: BEGIN, all, COMMIT ──► completions
///                             one failed: BEGIN, savepoint each, COMMIT
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
        /// Waits for a disk that fails for a while, instead of failing with it.
        var isKept = false
        /// Somebody waits, or something follows that it shall precede.
        var isHurried = true
    }

    private struct Backlog: Sendable {
        var waiting: [Waiting] = []
        /// Kept ones that the disk did not take, and those that came after them, in order.
        var stalled: [Waiting] = []
        var isStalled = false
        /// How many of those that stalled are being tried again.
        var recoveringCount = 0
        var isScheduled = false
        /// Somebody waits for the commit that is scheduled.
        var isHurried = false
        var isClosed = false
        var stallReceiver: StallReceiver?
    }

    /// Hears that kept transactions have begun to wait for the disk, and that it took them all.
    public struct StallReceiver: Sendable {
        let stalled: @Sendable (StoreError) -> Void
        let resumed: @Sendable (_ count: Int) -> Void

        public init(
            stalled: @escaping @Sendable (StoreError) -> Void,
            resumed: @escaping @Sendable (_ count: Int) -> Void
        ) {
            self.stalled = stalled
            self.resumed = resumed
        }
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
        add(
            Waiting(
                attempt: { database in
                    let value = try transaction.body(database)
                    return { then(.success(value)) }
                },
                fail: { then(.failure($0)) }))
    }

    /// Hands over what must not be lost: where the disk is full or fails it waits, with all that is
    /// kept after it, in order, until ``retry()`` finds the disk well again.
    ///
    /// - Parameter isHurried: false where the lane may let it wait a moment for others that share its
    ///   commit.
    /// - Parameter stored: called after the commit.
    /// - Parameter failed: called where it can never be stored.
    public func keep<Value>(
        _ transaction: StoreTransaction<Value>, isHurried: Bool = true,
        stored: @escaping @Sendable () -> Void = {},
        failed: @escaping @Sendable (StoreError) -> Void
    ) {
        add(
            Waiting(
                attempt: { database in
                    _ = try transaction.body(database)
                    return stored
                },
                fail: failed, isKept: true, isHurried: isHurried))
    }

    /// Who hears that the disk does not take what must be kept. Set once.
    public func setStallReceiver(_ receiver: StallReceiver) {
        backlog.withLock { $0.stallReceiver = receiver }
    }

    /// Tries again what the disk did not take.
    public func retry() {
        let mustSchedule = backlog.withLock { backlog -> Bool in
            guard backlog.isStalled, !backlog.isClosed else { return false }
            backlog.isStalled = false
            backlog.recoveringCount = backlog.stalled.count
            backlog.waiting = backlog.stalled + backlog.waiting
            backlog.stalled = []
            defer { backlog.isScheduled = true }
            return !backlog.isScheduled
        }
        if mustSchedule { lane.perform { self.commitWaiting() } }
    }

    private func add(_ waiting: Waiting) {
        let isHurried = waiting.isHurried
        let (refusal, mustSchedule) = backlog.withLock { backlog -> (StoreError?, Bool) in
            if backlog.isClosed { return (.closed, false) }
            if backlog.waiting.count + backlog.stalled.count >= Self.waitingLimit {
                return (.overloaded, false)
            }
            if waiting.isKept, backlog.isStalled {
                backlog.stalled.append(waiting)
                return (nil, false)
            }
            backlog.waiting.append(waiting)
            let mustSchedule = !backlog.isScheduled || isHurried && !backlog.isHurried
            backlog.isScheduled = true
            backlog.isHurried = backlog.isHurried || isHurried
            return (nil, mustSchedule)
        }
        if let refusal {
            lane.perform { waiting.fail(refusal) }
        } else if mustSchedule, isHurried {
            lane.perform { self.commitWaiting() }
        } else if mustSchedule {
            lane.performUnhurried { self.commitWaiting() }
        }
    }

    /// How many transactions wait, for the disk or for its recovery.
    var waitingCount: Int { backlog.withLock { $0.waiting.count + $0.stalled.count } }

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
        retry()
        backlog.withLock { $0.isClosed = true }
        while commitNextGroup() {}
        for lost in backlog.withLock({ $0.stalled }) { lost.fail(.closed) }
        backlog.withLock { $0.stalled = [] }
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
            backlog.isHurried = backlog.isScheduled
            return backlog.isScheduled
        }
    }

    /// One commit for all; where the commit itself is lost, one for each.
    private func commit(_ group: [Waiting]) -> [@Sendable () -> Void] {
        guard !group.isEmpty else { return [] }
        do {
            let completions = try attemptTogether(group)
            return completions + reportOfRecovery()
        } catch {
            return commitApart(group)
        }
    }

    /// Without savepoints: where one fails, all are undone.
    private func attemptTogether(_ group: [Waiting]) throws -> [@Sendable () -> Void] {
        try database.inTransactionNow { database in
            try group.map { try $0.attempt(database) }
        }
    }

    /// Those that fail are left out.
    private func commitApart(_ group: [Waiting]) -> [@Sendable () -> Void] {
        guard group.count > 1 else { return commitOneByOne(group) }
        do {
            let completions = try database.inTransactionNow { database in
                try group.map { try self.attempt($0, in: database) }
            }
            return completions + reportOfRecovery()
        } catch {
            return commitOneByOne(group)
        }
    }

    private func commitOneByOne(_ group: [Waiting]) -> [@Sendable () -> Void] {
        var completions: [@Sendable () -> Void] = []
        for (index, waiting) in group.enumerated() {
            do {
                completions += try attemptTogether([waiting])
            } catch {
                let failure = StoreError(error, path: path)
                guard waiting.isKept, failure.isPassing else {
                    completions.append { waiting.fail(failure) }
                    continue
                }
                let rest = group[index...]
                completions += stall(rest.filter(\.isKept), failure)
                return completions + commitOneByOne(rest.filter { !$0.isKept })
            }
        }
        return completions
    }

    /// Lets kept transactions wait for a disk that fails, and all kept ones behind them.
    private func stall(_ kept: [Waiting], _ failure: StoreError) -> [@Sendable () -> Void] {
        backlog.withLock { backlog in
            backlog.isStalled = true
            backlog.recoveringCount = 0
            backlog.stalled = kept + backlog.waiting.filter(\.isKept)
            backlog.waiting.removeAll(where: \.isKept)
            guard let receiver = backlog.stallReceiver else { return [] }
            return [{ receiver.stalled(failure) }]
        }
    }

    private func reportOfRecovery() -> [@Sendable () -> Void] {
        backlog.withLock { backlog in
            let count = backlog.recoveringCount
            guard count > 0, let receiver = backlog.stallReceiver else { return [] }
            backlog.recoveringCount = 0
            return [{ receiver.resumed(count) }]
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
            if waiting.isKept, failure.isPassing { throw error }
            return { waiting.fail(failure) }
        }
    }
}

extension DatabaseQueue {
    /// One immediate transaction on the calling thread; rolled back where the body throws.
    fileprivate func inTransactionNow<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try writeWithoutTransaction { database in
            // By prepared statements: GRDB's own ways compile the words each time.
            try database.run("BEGIN IMMEDIATE TRANSACTION")
            do {
                let value = try body(database)
                try database.run("COMMIT TRANSACTION")
                return value
            } catch {
                if database.isInsideTransaction { try? database.rollback() }
                throw error
            }
        }
    }
}
