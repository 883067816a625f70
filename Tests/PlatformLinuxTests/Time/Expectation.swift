import Platform
import PlatformLinux
import Synchronization

/// What a test waits for did not come in time.
struct NotInTime: Error, Equatable, CustomStringConvertible {
    var description: String
}

/// Values that come from other threads, and whoever waits for some of them.
///
/// Waiting ends with what was waited for or at a deadline, never after a guessed delay.
final class Arrivals<Value: Sendable>: Sendable {
    private struct Waiter {
        var number: Int
        /// True when it is over.
        var tries: ([Value]) -> Bool
        var alarm: any Alarm
        var giveUp: () -> Void
    }

    // The closures of waiters run under the lock only.
    private struct Arrived: @unchecked Sendable {
        var values: [Value] = []
        var waiters: [Waiter] = []
        var lastWaiter = 0
    }

    private let time = SystemTime()
    private let timers: TimerThread
    private let arrived = Mutex(Arrived())

    init() throws {
        timers = try TimerThread(time: time)
    }

    deinit { timers.shutdown() }

    /// Everything so far.
    var values: [Value] { arrived.withLock { $0.values } }

    func add(_ value: Value) {
        arrived.withLock { arrived in
            arrived.values.append(value)
            let values = arrived.values
            arrived.waiters.removeAll { $0.tries(values) }
        }
    }

    /// Waits until `find` finds what it looks for among everything that has come.
    func wait<Found: Sendable>(
        for what: String, within limit: Duration = .seconds(20),
        _ find: @escaping @Sendable ([Value]) -> Found?
    ) async throws -> Found {
        try await withCheckedThrowingContinuation { continuation in
            arrived.withLock { arrived in
                if let found = find(arrived.values) { return continuation.resume(returning: found) }
                arrived.lastWaiter += 1
                let number = arrived.lastWaiter
                let alarm = timers.makeAlarm { [weak self] in self?.giveUp(number) }
                alarm.set(time.now + limit)
                arrived.waiters.append(
                    Waiter(
                        number: number,
                        tries: { values in
                            guard let found = find(values) else { return false }
                            continuation.resume(returning: found)
                            return true
                        }, alarm: alarm,
                        giveUp: {
                            continuation.resume(throwing: NotInTime(description: "no \(what)"))
                        }))
            }
        }
    }

    /// Waits until that many have come.
    func wait(forCount count: Int, within limit: Duration = .seconds(20)) async throws -> [Value] {
        try await wait(for: "\(count) values", within: limit) { $0.count >= count ? $0 : nil }
    }

    private func giveUp(_ number: Int) {
        arrived.withLock { arrived in
            guard let index = arrived.waiters.firstIndex(where: { $0.number == number }) else {
                return
            }
            arrived.waiters.remove(at: index).giveUp()
        }
    }
}

/// A value that several threads of a test change.
final class Locked<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value { mutex.withLock { $0 } }

    func change(_ body: (inout Value) -> Void) { mutex.withLock { body(&$0) } }
}

/// Runs what blocks on a thread of its own: the tests' few common threads stay free.
func offPool<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async throws -> Result {
    let done = try Arrivals<Result>()
    let thread = try PlatformThread(named: "blocking") { done.add(body()) }
    let result = try await done.wait(forCount: 1, within: .seconds(60))[0]
    thread.join()
    return result
}
