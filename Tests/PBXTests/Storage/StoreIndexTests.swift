import GRDB
import Platform
import Synchronization
import Testing

@testable import PBX

/// A store keeps years of calls: what is done for one call must not read them all.
@Suite struct StoreIndexTests {
    private let store: Store
    private let random = RecordRandom()

    init() throws { store = try Store.inMemory(lane: HeldLane()) }

    /// The plan of each statement that a transaction runs, where it searches the history.
    private func searches<Value>(of transaction: StoreTransaction<Value>) throws -> [String] {
        let statements = Collected<String>()
        return try store.database.writeWithoutTransaction { database in
            database.trace { event in statements.append(event.expandedDescription) }
            _ = try transaction.body(database)
            database.trace(options: [])
            return try statements.values.filter { !$0.hasPrefix("--") }.flatMap { statement in
                try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN \(statement)")
                    .map { "\($0["detail"] as String)" }
                    .filter { $0.contains("call") || $0.contains("dialog") }
            }
        }
    }

    @Test func `what is done for one call names the call or the leg in its search`() throws {
        let callID = CallID(at: wallTime(0), random: random)
        let leg = legRecord(LegID(at: wallTime(0), random: random), of: callID)
        try store.run(.openCall(callRecord(callID), legs: [leg]))
        let closing = CallClosing(
            domain: office, callID: callID, at: wallTime(9), reason: .callerHungUp, legs: [leg])
        var found = try searches(of: .answerCall(callID, domain: office, at: wallTime(1)))
        found += try searches(of: .measureLeg(leg.legID, domain: office, media: MediaTotals()))
        found += try searches(of: .finishLeg(leg))
        found += try searches(of: .closeCall(closing))
        found += try searches(of: .removeDialogs(domain: office, legs: [leg.legID]))
        found += try searches(of: .callHistory(callID, domain: office))
        #expect(found.count >= 9)
        for search in found {
            #expect(search.contains("SEARCH") && search.contains("domain=? AND"), "\(search)")
        }
    }

    @Test func `a start looks for open calls among the open ones`() throws {
        let found = try searches(of: .closeAbandonedCalls(domain: office, at: wallTime(1)))
        #expect(found.contains { $0.contains("call_open") })
        #expect(found.contains { $0.contains("call_leg_open") })
        #expect(!found.contains { $0.contains("USING PRIMARY KEY") && $0.contains("call ") })
        #expect(!found.contains { $0.contains("TEMP B-TREE") })
    }
}
