import CLinux
import Glibc
import Platform

/// The live seams of one process, assembled: time, timers, randomness, storage, the owners' threads
/// and signalling.
///
/// ```swift
/// let linux = try LinuxWorld(recorder: recorder)
/// let certificates = try CertificateStore(
///     source: .selfSigned(folder: …), time: linux.time, random: linux.random)
/// let network = LinuxSignalling(
///     configuration: …, time: linux.time, executor: linux.executor)
/// try await network.start(sink: transport)
/// …
/// await network.shutdown()
/// await linux.shutdown()
/// ```
public final class LinuxWorld: Sendable {
    public let time: SystemTime
    public let random: KernelRandom
    public let timers: TimerThread
    public let storage: StorageThread
    public let executor: OwnersExecutor
    /// The same, as the owners see it.
    public let world: World

    /// Starts the threads and lifts the limit of open files as far as the system lets us.
    public init(recorder: any EventRecorder) throws(PlatformThread.Failure) {
        Self.raiseFileLimit()
        time = SystemTime()
        random = KernelRandom()
        timers = try TimerThread(time: time)
        storage = try StorageThread()
        executor = try OwnersExecutor(processorCount: Int(clinux_processor_count()))
        world = World(
            time: time, timers: timers, random: random, recorder: recorder, executor: executor)
    }

    /// Ends the timers, runs what the storage lane still holds, then the owners' last jobs. Whoever
    /// posts to them ends before: the network and the exchange.
    public func shutdown() async {
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            let end: @Sendable () -> Void = { [timers, storage, executor] in
                timers.shutdown()
                storage.shutdown()
                executor.shutdown()
                done.resume()
            }
            // The joins block: not on a thread that all actors share, unless there is no other.
            if (try? PlatformThread(named: "shutdown", end)) == nil { end() }
        }
    }

    private static func raiseFileLimit() {
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(kind, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(kind, &limit)
    }
}
