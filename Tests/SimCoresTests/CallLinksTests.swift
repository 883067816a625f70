import PBX
import Platform
import Testing

@testable import Sim

struct CallLinksTests {
    private static let callID = "01mb790c7w2cp4kf1k7skn8ea3"

    private static func leg(
        _ place: Int, role: LegRole, from start: Int64, to end: Int64, answered: Int64? = nil
    ) throws -> CallLegRecord {
        CallLegRecord(
            legID: try #require(LegID("01mb790c7w7e42wadk6fw0czb\(place)")),
            domain: try #require(Domain("exchange.example")),
            callID: try #require(CallID(callID)), role: role,
            party: NumberForm(try #require(ExtensionNumber("100"))),
            startedAt: WallTime(microseconds: start * 1_000_000),
            answeredAt: answered.map { WallTime(microseconds: $0 * 1_000_000) },
            endedAt: WallTime(microseconds: end * 1_000_000))
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
}
