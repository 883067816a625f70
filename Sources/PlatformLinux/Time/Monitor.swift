import Glibc

/// A lock with a condition: what one thread waits for and others signal.
///
/// The waiting thread's deadline is on the monotonic clock, so that setting the wall clock
/// neither wakes nor delays it.
final class Monitor: @unchecked Sendable {
    // Stable addresses, touched through pthread's functions only: hence @unchecked.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    /// Nanoseconds of the clock that deadlines are on.
    static var monotonicNow: Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func lock() { pthread_mutex_lock(mutex) }

    func unlock() { pthread_mutex_unlock(mutex) }

    func locked<Result>(_ body: () -> Result) -> Result {
        lock()
        defer { unlock() }
        return body()
    }

    /// Wakes all waiting threads.
    func signal() { pthread_cond_broadcast(condition) }

    /// Wakes one of the waiting threads.
    func signalOne() { pthread_cond_signal(condition) }

    /// Gives the lock away until a signal; may return without one. The lock is held before and after.
    func wait() { pthread_cond_wait(condition, mutex) }

    /// The same, at most until that many nanoseconds of the monotonic clock.
    func wait(untilMonotonic nanoseconds: Int64) {
        var limit = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        pthread_cond_timedwait(condition, mutex, &limit)
    }
}
