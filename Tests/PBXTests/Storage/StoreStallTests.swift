import GRDB
import Platform
import Synchronization
import Testing

@testable import PBX

/// What must be kept while the disk takes nothing.
@Suite struct StoreStallTests {
    private let lane = HeldLane()
    private let heard = Collected<String>()

    private func store() throws -> Store {
        let store = try Store.inMemory(lane: lane)
        _ = try store.run(
            .apply(extensionRows(1, number: "100"), domain: office, note: revisionNote()))
        store.setStallReceiver(
            Store.StallReceiver(
                stalled: { [heard] _ in heard.append("stalled") },
                resumed: { [heard] in heard.append("resumed \($0)") }))
        return store
    }

    /// Saves a binding; fails as a full disk does while the flag says so.
    private func saving(_ contact: String, whileFull isFull: Flag) -> StoreTransaction<Void> {
        let whole = StoreTransaction<Void>.saveBindings([bindingRecord(contact: contact)])
        return StoreTransaction("saving") { database in
            if isFull.value { throw StoreError.diskFull(path: "a") }
            try whole.body(database)
        }
    }

    @Test func `what is kept waits for a full disk, and is stored in order when there is room`()
        throws
    {
        let store = try store()
        let isFull = Flag(true)
        let failures = Collected<StoreError>()
        let order = Collected<Int>()
        for number in 0..<3 {
            let one = saving("sip:\(number)@x", whileFull: isFull)
            let noted = StoreTransaction<Void>("noted") { database in
                try one.body(database)
                order.append(number)
            }
            store.keep(noted) { failures.append($0) }
            if number == 1 { lane.runAll() }
        }
        lane.runAll()
        #expect(heard.values == ["stalled"])
        #expect(try store.run(.listBindings(domain: office)).isEmpty)
        store.retry()
        lane.runAll()
        #expect(heard.values == ["stalled", "stalled"])
        isFull.value = false
        store.retry()
        lane.runAll()
        #expect(heard.values == ["stalled", "stalled", "resumed 3"])
        #expect(order.values == [0, 1, 2])
        #expect(try store.run(.listBindings(domain: office)).count == 3)
        #expect(failures.values.isEmpty)
    }

    @Test
    func `what need not be kept fails at once on a full disk, and is tried beside what waits`()
        throws
    {
        let store = try store()
        let isFull = Flag(true)
        let outcomes = Collected<String>()
        store.keep(saving("sip:kept@x", whileFull: isFull)) { _ in outcomes.append("lost") }
        store.perform(saving("sip:refused@x", whileFull: isFull)) { result in
            if case .failure(.diskFull) = result { outcomes.append("refused") }
        }
        store.perform(.saveBindings([bindingRecord(contact: "sip:well@x")])) { result in
            if case .success = result { outcomes.append("stored") }
        }
        lane.runAll()
        #expect(outcomes.values == ["refused", "stored"])
        #expect(store.waitingCount == 1)
    }

    @Test func `what can never be stored fails, kept or not`() throws {
        let store = try store()
        let outcomes = Collected<String>()
        store.keep(.saveBindings([bindingRecord(77)])) { _ in outcomes.append("refused") }
        lane.runAll()
        #expect(outcomes.values == ["refused"])
        #expect(heard.values.isEmpty)
    }

    @Test func `closing tries once more, then says what is lost`() throws {
        let store = try store()
        let isFull = Flag(true)
        let outcomes = Collected<String>()
        store.keep(saving("sip:kept@x", whileFull: isFull)) { _ in outcomes.append("lost") }
        lane.runAll()
        store.close()
        #expect(outcomes.values == ["lost"])
    }
}

/// A switch that a test and a transaction share.
private final class Flag: Sendable {
    private let state: Mutex<Bool>

    init(_ value: Bool) {
        state = Mutex(value)
    }

    var value: Bool {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
