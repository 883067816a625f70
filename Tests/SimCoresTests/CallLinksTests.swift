import PBX
import Platform
import Testing

@testable import Sim

struct CallLinksTests {
    private static let callID = "01mb790c7w2cp4kf1k7skn8ea3"

    private static func leg(
        _ place: Int, role: LegRole, from start: Int64, to end: Int64, answered: Int64? = nil,
        of call: String = callID, reason: EndReason? = nil, sipCallID: String? = nil
    ) throws -> CallLegRecord {
        CallLegRecord(
            legID: try #require(LegID("01mb790c7w7e42wadk6fw0czb\(place)")),
            domain: try #require(Domain("exchange.example")),
            callID: try #require(CallID(call)), role: role,
            party: NumberForm(try #require(ExtensionNumber("100"))), sipCallID: sipCallID,
            startedAt: WallTime(microseconds: start * 1_000_000),
            answeredAt: answered.map { WallTime(microseconds: $0 * 1_000_000) },
            endedAt: WallTime(microseconds: end * 1_000_000), endReason: reason)
    }

    @Test func `a clock that is set back makes no ringing of less than nothing`() throws {
        let links = CallLinks(
            legs: [
                try Self.leg(1, role: .caller, from: 0, to: 90, answered: 10),
                try Self.leg(2, role: .callee, from: 100, to: 20),
                try Self.leg(3, role: .callee, from: 100, to: 103),
            ], areTimesTrue: false)
        #expect(try links.ringingInVain(for: #require(CallID(Self.callID))) == .seconds(3))
    }

    @Test
    func `where a leg's row ends its next begins, though clocks were set and both were sent on`()
        throws
    {
        let second = "01mb790c7w2cp4kf1k7skn8ea4"
        let legs = [
            try Self.leg(
                1, role: .caller, from: 300, to: 200, reason: .transferred, sipCallID: "x"),
            try Self.leg(
                2, role: .caller, from: 200, to: 210, of: second, reason: .transferred,
                sipCallID: "x"),
        ]
        for order in [legs, legs.reversed()] {
            let links = CallLinks(legs: order, areTimesTrue: false)
            #expect(links.firstCall(of: Self.caller)?.description == Self.callID)
            #expect(links.call(of: Self.caller)?.description == second)
        }
    }

    private static let caller = CallSighting(
        phone: 1, call: 1, isCaller: true, remoteNumber: "100", sipCallID: "x",
        begun: .start, ended: .start, outcome: .talked, hungUpHere: true, wasHeld: false,
        sentPackets: 0, heard: [:], bothWaysUntil: .start, reception: SoundReception())

    /// A leg that was sent on, under a clock that was set back, or all at one instant.
    @Test(arguments: [(Int64(200), false), (100, true), (100, false)])
    func `a call began where its first leg was, whatever clocks say`(
        moved: Int64, areTimesTrue: Bool
    ) throws {
        let second = "01mb790c7w2cp4kf1k7skn8ea4"
        let legs = [
            try Self.leg(
                1, role: .caller, from: areTimesTrue ? moved : 300, to: moved,
                reason: .transferred, sipCallID: "x"),
            try Self.leg(2, role: .caller, from: moved, to: 290, of: second, sipCallID: "x"),
        ]
        for order in [legs, legs.reversed()] {
            let links = CallLinks(legs: order, areTimesTrue: areTimesTrue)
            #expect(links.firstCall(of: Self.caller)?.description == Self.callID)
            #expect(links.call(of: Self.caller)?.description == second)
        }
    }
}
