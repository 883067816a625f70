import Glibc
import Platform
import PlatformLinux
import Testing

@Suite struct OwnersExecutorTests {
    /// Does what it is told for each datagram, on the thread that brings it.
    private final class Receiver: NetworkSink {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }

        func receive(_ event: NetworkEvent) {
            if case .received = event { body() }
        }
    }

    /// A network that hosts the executor, while a datagram to itself is answered by `body`.
    private func withHost(
        _ executor: OwnersExecutor, receiving body: @escaping @Sendable () -> Void,
        _ use: (LinuxSignalling, () -> Void) async throws -> Void
    ) async throws {
        let address = try Site.parsed("127.0.0.1:0")
        let network = LinuxSignalling(
            configuration: SignallingConfiguration(listeners: [SignallingListener(.udp, address)]),
            time: SystemTime(), executor: executor)
        try await network.start(sink: Receiver(body))
        let own = network.addresses[0]
        let flow = Flow(transport: .udp, listener: 0, local: own, remote: own, connection: 0)
        do {
            try await use(network) { network.send([1], on: flow) }
        } catch {
            await network.shutdown()
            throw error
        }
        await network.shutdown()
    }

    @Test func `without a host the helpers run all jobs`() async throws {
        let executor = try OwnersExecutor(processorCount: 3)
        let done = try Arrivals<Int>()
        for number in 0..<500 { Task(executorPreference: executor) { done.add(number) } }
        #expect(Set(try await done.wait(forCount: 500)) == Set(0..<500))
        try await offPool { executor.shutdown() }
    }

    @Test func `jobs run on the thread that received the message`() async throws {
        let executor = try OwnersExecutor(processorCount: 3)
        let (received, ran) = (try Arrivals<UInt>(), try Arrivals<UInt>())
        try await withHost(executor) {
            received.add(UInt(pthread_self()))
            Task(executorPreference: executor) { ran.add(UInt(pthread_self())) }
        } _: { _, send in
            for count in 1...20 {
                send()
                _ = try await ran.wait(forCount: count)
            }
        }
        #expect(ran.values == received.values)
        try await offPool { executor.shutdown() }
    }

    @Test func `a host that waits is woken by a job from another thread`() async throws {
        let executor = try OwnersExecutor(processorCount: 2)
        let (received, ran) = (try Arrivals<UInt>(), try Arrivals<UInt>())
        try await withHost(executor) {
            received.add(UInt(pthread_self()))
        } _: { _, send in
            send()
            let host = try await received.wait(forCount: 1)[0]
            for count in 1...100 {
                Task(executorPreference: executor) { ran.add(UInt(pthread_self())) }
                _ = try await ran.wait(forCount: count)
            }
            #expect(ran.values == Array(repeating: host, count: 100))
        }
        try await offPool { executor.shutdown() }
    }

    @Test func `a crowd of jobs that waits for the host goes to the helpers`() async throws {
        let executor = try OwnersExecutor(processorCount: 3)
        let ran = try Arrivals<UInt>()
        let stuck = try Arrivals<UInt>()
        try await withHost(executor) {
            // The host itself is held up here: what it would run next waits.
            for _ in 0..<200 {
                Task(executorPreference: executor) { ran.add(UInt(pthread_self())) }
            }
            stuck.add(UInt(pthread_self()))
            while ran.values.count < 100 { sched_yield() }
        } _: { _, send in
            send()
            let host = try await stuck.wait(forCount: 1)[0]
            let threads = try await ran.wait(forCount: 200)
            #expect(threads.prefix(100).allSatisfy { $0 != host })
        }
        try await offPool { executor.shutdown() }
    }

    @Test func `when the network is shut down the helpers go on`() async throws {
        let executor = try OwnersExecutor(processorCount: 2)
        try await withHost(executor) {
        } _: { _, _ in
        }
        let done = try Arrivals<Int>()
        for number in 0..<10 { Task(executorPreference: executor) { done.add(number) } }
        _ = try await done.wait(forCount: 10)
        try await offPool { executor.shutdown() }
    }

    @Test func `shutdown runs what waits first`() async throws {
        let executor = try OwnersExecutor(processorCount: 2)
        let done = try Arrivals<Int>()
        for number in 0..<1000 { Task(executorPreference: executor) { done.add(number) } }
        try await offPool { executor.shutdown() }
        #expect(done.values.count == 1000)
    }
}
