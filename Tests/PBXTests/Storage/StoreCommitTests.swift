import PBX
import Platform
import Testing

@Suite struct StoreCommitTests {
    private let lane = HeldLane()

    private func store() throws -> Store {
        let store = try Store.inMemory(lane: lane)
        _ = try store.run(
            .apply(extensionRows(1, number: "100"), domain: office, note: revisionNote()))
        return store
    }

    @Test func `transactions that wait together share one commit, completed in order`() throws {
        let store = try store()
        let order = Collected<Int>()
        for index in 0..<50 {
            store.perform(.saveBindings([bindingRecord(contact: "sip:\(index)@x")])) { result in
                if case .success = result { order.append(index) }
            }
        }
        #expect(order.values.isEmpty)
        #expect(lane.runAll() == 1)
        #expect(order.values == Array(0..<50))
        #expect(try store.run(.listBindings(domain: office)).count == 50)
    }

    @Test func `what is kept hurries nobody, until somebody waits for a commit`() throws {
        let store = try store()
        let callIDs = (0..<3).map { CallID(at: wallTime($0), random: RecordRandom()) }
        for callID in callIDs {
            store.keep(.openCall(callRecord(callID)), isHurried: false) { _ in }
        }
        #expect(lane.hurriedCount == 0)
        let found = Collected<Int>()
        for _ in 0..<2 {
            store.perform(.recentCalls(domain: office, limit: 9, finishedOnly: false)) { result in
                if case .success(let calls) = result { found.append(calls.count) }
            }
        }
        #expect(lane.hurriedCount == 1)
        lane.runAll()
        #expect(found.values == [3, 3])
        // The next one begins anew.
        let late = CallID(at: wallTime(9), random: RecordRandom())
        store.keep(.openCall(callRecord(late)), isHurried: false) { _ in }
        #expect(lane.runAll() == 1)
        #expect(lane.hurriedCount == 1)
        #expect(try store.run(.callHistory(late, domain: office)) != nil)
    }

    @Test func `one that fails does not undo the others of its group`() throws {
        let store = try store()
        let outcomes = Collected<String>()
        let bindings = [bindingRecord(contact: "sip:a@x"), bindingRecord(77), bindingRecord()]
        for binding in bindings {
            store.perform(.saveBindings([binding])) { result in
                switch result {
                case .success: outcomes.append("saved")
                case .failure(.configuration): outcomes.append("refused")
                case .failure(let other): outcomes.append("\(other)")
                }
            }
        }
        lane.runAll()
        #expect(outcomes.values == ["saved", "refused", "saved"])
        #expect(try store.run(.listBindings(domain: office)).count == 2)
    }

    @Test func `more than a group holds is committed in several, none lost`() throws {
        let store = try store()
        let count = Store.groupLimit * 2 + 3
        let done = Collected<Int>()
        for index in 0..<count {
            store.perform(.saveBindings([bindingRecord(contact: "sip:\(index)@x")])) { _ in
                done.append(index)
            }
        }
        #expect(lane.runAll() == 3)
        #expect(done.values == Array(0..<count))
    }

    @Test func `a transaction posted by a completion is performed too`() throws {
        let store = try store()
        let done = Collected<String>()
        store.perform(.saveBindings([bindingRecord()])) { _ in
            store.perform(.listBindings(domain: office)) { result in
                if case .success(let bindings) = result { done.append("\(bindings.count)") }
            }
        }
        lane.runAll()
        #expect(done.values == ["1"])
    }

    @Test func `closing commits what waits and refuses what comes later`() throws {
        let store = try store()
        let done = Collected<String>()
        store.perform(.saveBindings([bindingRecord()])) { _ in done.append("first") }
        store.close()
        #expect(done.values == ["first"])
        store.perform(.saveBindings([])) { result in
            if case .failure(.closed) = result { done.append("closed") }
        }
        lane.runAll()
        #expect(done.values == ["first", "closed"])
        #expect(throws: StoreError.closed) { try store.run(.listBindings(domain: office)) }
    }
}
