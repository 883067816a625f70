import CCares
import CLinux
import Glibc
import Platform
import Synchronization
import Wire

/// The live resolver: c-ares on a thread of its own, with the system's `resolv.conf` and `hosts`.
///
/// Askers put their questions into a locked list and ring the thread's bell (an eventfd); nobody
/// ever waits for a name server.
public final class LinuxNames: NameResolver {
    private struct Waiting {
        var questions: [(NameQuestion, @Sendable (NameAnswer) -> Void)] = []
        var openCount = 0
        var isClosed = false
    }

    private let waiting = Mutex(Waiting())
    private let bell: Int32
    private let thread = Mutex<PlatformThread?>(nil)

    /// Where the name servers are read from; nil: the system's `resolv.conf`.
    ///
    /// - Parameter nameServers: `address` or `address:port`, separated by commas.
    public init(nameServers: String? = nil) throws(NamesError) {
        let bell = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard bell >= 0 else { throw .system(errno) }
        self.bell = bell
        let channel: OpaquePointer
        do throws(NamesError) {
            channel = try Self.makeChannel(nameServers)
        } catch {
            close(bell)
            throw error
        }
        let loop = NamesLoop(channel: channel, bell: bell) { [weak self] in self?.take() }
        do throws(PlatformThread.Failure) {
            let made = try PlatformThread(named: "names") { loop.run() }
            thread.withLock { $0 = made }
        } catch {
            loop.free()
            close(bell)
            throw .system(error.code)
        }
    }

    deinit {
        shutdown()
        close(bell)
    }

    public func resolve(_ question: NameQuestion, _ then: @escaping @Sendable (NameAnswer) -> Void)
    {
        let isTaken = waiting.withLock { waiting in
            guard !waiting.isClosed, waiting.openCount < NameResolverLimits.openQuestions else {
                return false
            }
            waiting.openCount += 1
            waiting.questions.append(
                (
                    question,
                    { [weak self] answer in
                        self?.waiting.withLock { $0.openCount -= 1 }
                        then(answer)
                    }
                ))
            return true
        }
        guard isTaken else { return then(.failed(.overloaded)) }
        ring()
    }

    /// Answers what is open as failed, and ends the thread.
    public func shutdown() {
        let wasOpen = waiting.withLock { waiting in
            defer { waiting.isClosed = true }
            return !waiting.isClosed
        }
        guard wasOpen else { return }
        ring()
        thread.withLock { $0 }?.join()
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(bell, &one, 8)
    }

    /// What came since the last time; nil: it is over.
    private func take() -> [(NameQuestion, @Sendable (NameAnswer) -> Void)]? {
        waiting.withLock { waiting in
            if waiting.isClosed && waiting.questions.isEmpty { return nil }
            defer { waiting.questions = [] }
            return waiting.questions
        }
    }

    private static func makeChannel(_ nameServers: String?) throws(NamesError) -> OpaquePointer {
        let begun = ares_library_init(ARES_LIB_INIT_ALL)
        guard begun == ARES_SUCCESS else { throw .library(Int(begun)) }
        // Two tries of 2 s, then 4 s: within the patience that the seam promises.
        var options = ares_options()
        options.timeout = 2000
        options.tries = 2
        var channel: OpaquePointer?
        let mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES
        let made = ares_init_options(&channel, &options, mask)
        guard made == ARES_SUCCESS, let channel else { throw .library(Int(made)) }
        if let nameServers {
            let set = ares_set_servers_ports_csv(channel, nameServers)
            guard set == ARES_SUCCESS else {
                ares_destroy(channel)
                throw .library(Int(set))
            }
        }
        return channel
    }
}

/// Why there is no resolver.
public enum NamesError: Error, Equatable, CustomStringConvertible {
    /// An errno.
    case system(Int32)
    /// A status of c-ares.
    case library(Int)

    public var description: String {
        switch self {
        case .system(let code): "the resolver's thread can't be made (error \(code))"
        case .library(let status):
            "the resolver can't be made (c-ares status \(status)): look at /etc/resolv.conf"
        }
    }
}
