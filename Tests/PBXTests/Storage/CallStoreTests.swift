import PBX
import Platform
import Testing

@Suite struct CallStoreTests {
    private let store: Store
    private let random = RecordRandom()

    init() throws { store = try Store.inMemory(lane: HeldLane()) }

    private func callID(_ seconds: Int64 = 0) -> CallID {
        CallID(at: wallTime(seconds), random: random)
    }

    private func legID() -> LegID { LegID(at: wallTime(0), random: random) }

    @Test func `a call's record, legs and events come back as they were written`() throws {
        let callID = callID()
        var leg = legRecord(legID(), of: callID)
        try store.run(.openCall(callRecord(callID), legs: [leg]))
        try store.run(.answerCall(callID, domain: office, at: wallTime(5)))
        leg.answeredAt = wallTime(5)
        leg.codec = "PCMA"
        leg.media = MediaTotals(
            packetsReceived: 1, packetsSent: 2, bytesReceived: 3, bytesSent: 4, packetsLost: 5,
            strangersDropped: 6, jitter: 7, roundTrip: 8, score: 410, partyScore: 405)
        try store.run(.addLegs([leg]))
        leg.endedAt = wallTime(9)
        leg.endReason = .callerHungUp
        leg.status = 200
        let event = CallEventRecord(
            domain: office, callID: callID, legID: leg.legID, at: wallTime(9), kind: .ended,
            detail: "the caller hung up")
        let closing = CallClosing(
            domain: office, callID: callID, at: wallTime(9), reason: .callerHungUp, legs: [leg],
            events: [event])
        #expect(try store.run(.closeCall(closing)))

        var expected = callRecord(callID)
        expected.answeredAt = wallTime(5)
        expected.endedAt = wallTime(9)
        expected.endReason = .callerHungUp
        let history = try #require(try store.run(.callHistory(callID, domain: office)))
        #expect(history == CallHistory(call: expected, legs: [leg], events: [event]))
    }

    @Test func `what a leg's media came to after its end is kept whole`() throws {
        let callID = callID()
        var leg = legRecord(legID(), of: callID)
        try store.run(.openCall(callRecord(callID), legs: [leg]))
        leg.endedAt = wallTime(9)
        leg.endReason = .callerHungUp
        leg.media = MediaTotals(
            packetsReceived: 1, packetsSent: 2, bytesReceived: 3, bytesSent: 4, packetsLost: 5,
            strangersDropped: 6, jitter: 7, roundTrip: 8, score: 410, partyScore: 405)
        try store.run(.finishLeg(leg))
        #expect(try store.run(.callHistory(callID, domain: office))?.legs == [leg])
    }

    @Test func `a call is closed exactly once, and its first end stands`() throws {
        let callID = callID()
        let leg = legRecord(legID(), of: callID)
        try store.run(.openCall(callRecord(callID), legs: [leg]))
        try store.run(.saveDialogs([dialogRecord(leg.legID, of: callID)]))
        let first = CallClosing(
            domain: office, callID: callID, at: wallTime(9), reason: .calleeHungUp)
        var second = first
        second.reason = .lost
        second.events = [
            CallEventRecord(domain: office, callID: callID, at: wallTime(10), kind: .ended)
        ]
        #expect(try store.run(.closeCall(first)))
        #expect(try !store.run(.closeCall(second)))
        let history = try #require(try store.run(.callHistory(callID, domain: office)))
        #expect(history.call.endReason == .calleeHungUp)
        #expect(history.legs.map(\.endReason) == [.calleeHungUp])
        #expect(history.events.isEmpty)
        let abandoned = try store.run(.closeAbandonedCalls(domain: office, at: wallTime(20)))
        #expect(abandoned == AbandonedCalls(closedCount: 0, dialogs: []))
    }

    @Test func `the last word on a leg comes after the end of its call, and is more exact`() throws
    {
        let callID = callID()
        var leg = legRecord(legID(), of: callID)
        let other = legRecord(legID(), of: callID, role: .callee)
        try store.run(.openCall(callRecord(callID), legs: [leg, other]))
        let closing = CallClosing(
            domain: office, callID: callID, at: wallTime(9), reason: .calleeHungUp)
        #expect(try store.run(.closeCall(closing)))
        leg.endedAt = wallTime(10)
        leg.endReason = .lost
        leg.codec = "PCMA"
        leg.media = MediaTotals(
            packetsReceived: 1, packetsSent: 7, bytesReceived: 2, bytesSent: 3, packetsLost: 4,
            strangersDropped: 5, jitter: 600, roundTrip: 20_000, score: 431)
        try store.run(.finishLeg(leg))
        let history = try #require(try store.run(.callHistory(callID, domain: office)))
        #expect(history.legs.contains(leg))
        let rest = history.legs.filter { $0.legID == other.legID }
        #expect(rest.map(\.endReason) == [.calleeHungUp])
    }

    @Test func `after a crash open calls end at the last sign of life, dialogs return`() throws {
        let early = callID()
        let late = callID(30)
        let leg = legRecord(legID(), of: early)
        try store.run(.openCall(callRecord(early), legs: [leg]))
        try store.run(.answerCall(early, domain: office, at: wallTime(5)))
        try store.run(.saveDialogs([dialogRecord(leg.legID, of: early, cSeq: 7)]))
        try store.run(.openCall(callRecord(late, startedAt: 30)))

        let abandoned = try store.run(.closeAbandonedCalls(domain: office, at: wallTime(7200)))
        #expect(abandoned.closedCount == 2)
        #expect(abandoned.dialogs == [dialogRecord(leg.legID, of: early, cSeq: 1007)])
        let history = try #require(try store.run(.callHistory(early, domain: office)))
        #expect(history.call.endReason == .exchangeRestarted)
        #expect(history.call.endedAt == wallTime(30))
        #expect(history.legs.map(\.endReason) == [.exchangeRestarted])
        #expect(history.events.map(\.kind) == [.ended])

        try store.run(.removeDialogs(domain: office, legs: [leg.legID]))
        let again = try store.run(.closeAbandonedCalls(domain: office, at: wallTime(7300)))
        #expect(again == AbandonedCalls(closedCount: 0, dialogs: []))
    }

    @Test func `a dialog that never answers its BYE is given up after three starts`() throws {
        let callID = callID()
        try store.run(.saveDialogs([dialogRecord(legID(), of: callID)]))
        let counts = try (1...4).map { start in
            try store.run(.closeAbandonedCalls(domain: office, at: wallTime(start)))
                .dialogs.count
        }
        #expect(counts == [1, 1, 1, 0])
    }

    @Test func `the latest calls come first, open ones only where wanted`() throws {
        let calls = (0..<5).map { callID(Int64($0)) }
        for (index, callID) in calls.enumerated() {
            try store.run(.openCall(callRecord(callID, startedAt: Int64(index))))
        }
        let closing = CallClosing(
            domain: office, callID: calls[1], at: wallTime(9), reason: .busy)
        _ = try store.run(.closeCall(closing))
        let finished = try store.run(.recentCalls(domain: office, limit: 10))
        #expect(finished.map(\.callID) == [calls[1]])
        let all = try store.run(.recentCalls(domain: office, limit: 3, finishedOnly: false))
        #expect(all.map(\.callID) == [calls[4], calls[3], calls[2]])
    }
}
