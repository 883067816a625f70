import Platform
import Synchronization
import Testing

@Suite struct MailboxExecutorTests {
    /// Keeps the jobs until it is told to run them.
    private final class Patient: TaskExecutor {
        private let jobs = Mutex<[UnownedJob]>([])

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            jobs.withLock { $0.append(job) }
        }

        /// Runs what waits, and what comes of it; says how many jobs that were.
        func runAll() -> Int {
            var count = 0
            while true {
                let waiting = jobs.withLock { jobs in
                    defer { jobs = [] }
                    return jobs
                }
                guard !waiting.isEmpty else { return count }
                for job in waiting { job.runSynchronously(on: asUnownedTaskExecutor()) }
                count += waiting.count
            }
        }
    }

    private actor Listener: MailboxOwner {
        nonisolated let mailbox = Mailbox<Listener>()
        private let heard: @Sendable (Int) -> Void

        init(on executor: any TaskExecutor, heard: @escaping @Sendable (Int) -> Void) {
            self.heard = heard
            mailbox.bind(to: self, on: executor)
        }

        func handle(_ message: Int) { heard(message) }
    }

    @Test func `an owner handles its messages where its executor runs them, and nowhere else`() {
        let executor = Patient()
        let heard = Mutex<[Int]>([])
        let listener = Listener(on: executor) { number in heard.withLock { $0.append(number) } }
        for number in 0..<5 { listener.mailbox.post(number) }
        #expect(heard.withLock { $0 } == [])
        #expect(executor.runAll() > 0)
        #expect(heard.withLock { $0 } == [0, 1, 2, 3, 4])
    }

    @Test func `an owner that never runs dry lets others have their turn there, too`() {
        let executor = Patient()
        let heard = Mutex<[Int]>([])
        let busy = Listener(on: executor) { number in heard.withLock { $0.append(number) } }
        let other = Listener(on: executor) { number in heard.withLock { $0.append(-number) } }
        for number in 1...1000 { busy.mailbox.post(number) }
        other.mailbox.post(1)
        _ = executor.runAll()
        let order = heard.withLock { $0 }
        #expect(order.filter { $0 > 0 } == Array(1...1000))
        #expect(order.count == 1001)
    }
}
