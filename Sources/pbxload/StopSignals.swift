import Glibc
import PlatformLinux

/// SIGINT and SIGTERM: the first ends the load in order, the second at once.
enum StopSignals {
    /// Called before any thread is made: the others must not get the signals.
    static func hold() {
        var signals = Self.set
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    static func watch(_ stop: @escaping @Sendable () -> Void) throws(PlatformThread.Failure) {
        // The thread ends with the process.
        _ = try PlatformThread(named: "signals") {
            var signals = Self.set
            var signal: Int32 = 0
            sigwait(&signals, &signal)
            stop()
            sigwait(&signals, &signal)
            _exit(128 + signal)
        }
    }

    private static var set: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        return signals
    }
}
