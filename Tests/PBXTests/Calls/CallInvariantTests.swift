import Testing

@testable import PBX

@Suite struct CallInvariantTests {
    private static func up(_ number: LegNumber) -> CallInvariant.LegView {
        CallInvariant.LegView(number: number, isOver: false, isAnswered: false)
    }

    private static func over(_ number: LegNumber) -> CallInvariant.LegView {
        CallInvariant.LegView(number: number, isOver: true, isAnswered: false)
    }

    private static func answered(_ number: LegNumber) -> CallInvariant.LegView {
        CallInvariant.LegView(number: number, isOver: false, isAnswered: true)
    }

    private let first = CallWorld.first
    private let second = CallWorld.second

    @Test func `a call as it should be breaks nothing`() {
        #expect(CallInvariant.breach(in: .seeking) { [Self.up(.caller)] } == nil)
        let legs = [Self.answered(.caller), Self.answered(first), Self.over(second)]
        #expect(CallInvariant.breach(in: .talking(callee: first, turn: nil)) { legs } == nil)
        #expect(CallInvariant.breach(in: .ended(.busy)) { [] } == nil)
    }

    @Test func `a caller that is gone while phones ring is found`() {
        let ringing = CallWorld.ringing(1).state
        let legs = [Self.over(.caller), Self.up(first)]
        #expect(CallInvariant.breach(in: ringing) { legs } != nil)
    }

    @Test func `a branch without a leg is found`() {
        let ringing = CallWorld.ringing(2).state
        let legs = [Self.up(.caller), Self.up(first)]
        #expect(
            CallInvariant.breach(in: ringing) { legs } == "every branch that rings has a leg")
    }

    @Test func `two winners are found`() {
        let legs = [Self.answered(.caller), Self.answered(first), Self.answered(second)]
        #expect(
            CallInvariant.breach(in: .talking(callee: first, turn: nil)) { legs }
                == "a call has one winner")
    }
}
