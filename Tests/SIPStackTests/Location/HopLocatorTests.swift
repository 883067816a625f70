import Platform
import Synchronization
import Testing

@testable import SIPStack

/// Answers at once from zones, and counts what it was asked.
private final class ZoneResolver: NameResolver {
    let zones = Mutex(Zones())
    let asked = Gathered<NameQuestion>()

    func resolve(_ question: NameQuestion, _ then: @escaping @Sendable (NameAnswer) -> Void) {
        asked.add(question)
        then(zones.withLock { $0.answer(to: question) })
    }
}

/// Never answers.
private struct DeafResolver: NameResolver {
    func resolve(_ question: NameQuestion, _ then: @escaping @Sendable (NameAnswer) -> Void) {}
}

@Suite struct HopLocatorTests {
    let time = ManualTime()

    private func locator(_ resolver: any NameResolver) -> HopLocator {
        HopLocator(
            world: World(
                time: time, timers: time, random: CountingRandom(), recorder: SilentRecorder()),
            resolver: resolver)
    }

    private func locate(
        _ text: String, by locator: HopLocator
    ) async throws -> Result<[NextHop], LocationFailure> {
        guard case .sip(let uri) = try URI(text) else { throw NoSIPURI() }
        return await withCheckedContinuation { continuation in
            locator.mailbox.post(.locate(uri) { continuation.resume(returning: $0) })
        }
    }

    @Test func `a name is asked once for as long as its answer is good`() async throws {
        let resolver = ZoneResolver()
        resolver.zones.withLock { $0.add("a.example", "192.0.2.1") }
        let locator = locator(resolver)
        for _ in 0..<3 {
            #expect(try await locate("sip:a.example:5060", by: locator).get().count == 1)
        }
        #expect(resolver.asked.all.count == 2)
        time.advance(by: .seconds(61))
        _ = try await locate("sip:a.example:5060", by: locator)
        #expect(resolver.asked.all.count == 4)
    }

    @Test func `a hop that failed stands behind the others until it answers`() async throws {
        let resolver = ZoneResolver()
        resolver.zones.withLock { $0.add("a.example", "192.0.2.1", "192.0.2.2") }
        let locator = locator(resolver)
        let first = try await locate("sip:a.example:5060", by: locator).get()
        locator.mailbox.post(.failed(first[0], pause: nil))
        #expect(
            try await locate("sip:a.example:5060", by: locator).get() == [first[1], first[0]])
        locator.mailbox.post(.answering(first[0]))
        #expect(try await locate("sip:a.example:5060", by: locator).get() == first)
    }

    @Test func `a resolver that forgets a question costs time, not a search`() async throws {
        let locator = locator(DeafResolver())
        guard case .sip(let uri) = try URI("sip:a.example:5060") else { throw NoSIPURI() }
        let results = Gathered<Result<[NextHop], LocationFailure>>()
        locator.mailbox.post(.locate(uri) { results.add($0) })
        let open = await withCheckedContinuation { continuation in
            locator.mailbox.post(.count { continuation.resume(returning: $0) })
        }
        #expect(open == 1)
        time.advance(by: HopLocator.patience)
        #expect(await results.first(1) == [.failure(.unanswered("a.example", .timeout))])
    }
}
