import Platform
import Synchronization
import Testing

@Suite struct MailboxTests {
    /// Keeps what it was given, and tells when it has had enough.
    private actor Listener: MailboxOwner {
        nonisolated let mailbox = Mailbox<Listener>()
        private(set) var heard: [Int] = []
        private let expected: Int
        private let whenDone: @Sendable () -> Void

        init(expecting expected: Int, whenDone: @escaping @Sendable () -> Void = {}) {
            self.expected = expected
            self.whenDone = whenDone
            mailbox.bind(to: self)
        }

        func handle(_ message: Int) {
            heard.append(message)
            if heard.count == expected { whenDone() }
        }
    }

    @Test func `messages of one poster are handled in the order of posting`() async {
        let count = 5000
        let (done, signal) = AsyncStream.makeStream(of: Void.self)
        let listener = Listener(expecting: count) { signal.finish() }
        for number in 0..<count { #expect(listener.mailbox.post(number)) }
        for await _ in done {}
        #expect(await listener.heard == Array(0..<count))
    }

    @Test func `each of several posters keeps its order, and nothing is lost`() async {
        let (posters, each) = (4, 2000)
        let (done, signal) = AsyncStream.makeStream(of: Void.self)
        let listener = Listener(expecting: posters * each) { signal.finish() }
        await withTaskGroup { group in
            for poster in 0..<posters {
                group.addTask {
                    for number in 0..<each {
                        // A full mailbox refuses; this poster insists.
                        while !listener.mailbox.post(poster * each + number) { await Task.yield() }
                    }
                }
            }
        }
        for await _ in done {}
        let heard = await listener.heard
        for poster in 0..<posters {
            #expect(heard.filter { $0 / each == poster } == (0..<each).map { poster * each + $0 })
        }
    }

    @Test func `a closed mailbox refuses, and counts what it refused`() {
        let listener = Listener(expecting: 0)
        listener.mailbox.close()
        #expect(!listener.mailbox.post(1))
        #expect(listener.mailbox.depth == 0)
        #expect(listener.mailbox.refusedCount == 1)
    }

    @Test func `a mailbox does not keep its owner alive, and refuses without one`() {
        var listener: Listener? = Listener(expecting: 0)
        weak let weakly = listener
        let mailbox = listener?.mailbox
        listener = nil
        #expect(weakly == nil)
        #expect(mailbox?.post(1) == false)
    }
}

@Suite struct RandomSourceTests {
    private final class Seeded: RandomSource {
        private let generator: Mutex<SeededGenerator>

        init(seed: UInt64) { generator = Mutex(SeededGenerator(seed: seed)) }

        func next() -> UInt64 { generator.withLock { $0.next() } }
    }

    @Test func `bytes and tokens have the length that was asked for`() {
        let source = Seeded(seed: 1)
        for count in 0..<40 {
            #expect(source.bytes(count).count == count)
            let token = source.token(count)
            #expect(token.utf8.count == count)
            #expect(token.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 >= 97 && $0 <= 118) })
        }
    }

    @Test func `every letter of the alphabet is drawn about as often`() {
        let source = Seeded(seed: 2)
        var counts: [Character: Int] = [:]
        for letter in source.token(32_000) { counts[letter, default: 0] += 1 }
        #expect(counts.count == 32)
        #expect(counts.values.allSatisfy { (850...1150).contains($0) })
    }

    @Test func `a number below a bound is below it, also for the largest bounds`() {
        let source = Seeded(seed: 3)
        for bound in [1, 2, 3, 10, 1 << 63, UInt64.max] {
            for _ in 0..<100 { #expect(source.below(bound) < bound) }
        }
    }
}
