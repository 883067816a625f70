import CLinux
import Glibc
import Synchronization

/// A thread of the operating system: the few places that block or poll have one of their own.
public final class PlatformThread: Sendable {
    /// The system refused another thread.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        /// The errno of `pthread_create`.
        public let code: Int32

        public var description: String {
            "the system refused another thread (error \(code)): raise the limit of tasks"
                + " (TasksMax= in the unit file, or ulimit -u)"
        }
    }

    /// Enough for deep frames, little enough for many threads; memory is used as it is touched.
    public static var defaultStackSize: Int { 1 << 20 }

    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private enum Life {
        case running, joining, joined
    }

    private let thread: pthread_t
    private let life = Mutex(Life.running)

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - name: shown by `top -H`; at most 15 characters count.
    ///   - body: ends the thread when it returns. Signals stay blocked in it.
    public init(
        named name: String, stackSize: Int = PlatformThread.defaultStackSize,
        _ body: @escaping @Sendable () -> Void
    ) throws(Failure) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackSize)

        // The new thread inherits this mask: signals belong to the thread that waits for them.
        var everything = sigset_t()
        var before = sigset_t()
        sigfillset(&everything)
        pthread_sigmask(SIG_SETMASK, &everything, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var created = pthread_t()
        let code = pthread_create(
            &created, &attributes,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                clinux_name_thread(String(decoding: start.name.utf8.prefix(15), as: UTF8.self))
                start.body()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw Failure(code: code)
        }
        thread = created
    }

    deinit {
        if life.withLock({ $0 }) == .running { pthread_detach(thread) }
    }

    /// Waits for the end of the thread, once. Nothing is waited for on the thread itself.
    public func join() {
        let isFirst = life.withLock { life -> Bool in
            guard life == .running, pthread_equal(thread, pthread_self()) == 0 else { return false }
            life = .joining
            return true
        }
        guard isFirst else { return }
        pthread_join(thread, nil)
        life.withLock { $0 = .joined }
    }

    /// Lets the calling thread sleep until that many nanoseconds of the monotonic clock.
    static func sleep(untilMonotonic nanoseconds: Int64) {
        var limit = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &limit, nil)
    }

    /// True on the thread itself.
    public var isCurrent: Bool {
        // Once joined, another thread may have the same name in the system.
        pthread_equal(thread, pthread_self()) != 0 && life.withLock { $0 != .joined }
    }
}
