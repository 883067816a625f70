import Testing

@testable import PBX

@Suite struct CallInvariantTests {
    private static let up = CallInvariant.LegView(isOver: false, isAnswered: false)
    private static let over = CallInvariant.LegView(isOver: true, isAnswered: false)
    private static let answered = CallInvariant.LegView(isOver: false, isAnswered: true)
    private let first = CallWorld.first
    private let second = CallWorld.second

    @Test func `a call as it should be breaks nothing`() {
        #expect(CallInvariant.breach(in: .seeking, legs: [.caller: Self.up]) == nil)
        let legs = [LegNumber.caller: Self.answered, first: Self.answered, second: Self.over]
        #expect(
            CallInvariant.breach(in: .talking(callee: first, turn: nil), legs: legs) == nil)
        #expect(CallInvariant.breach(in: .ended(.busy), legs: [:]) == nil)
    }

    @Test func `a caller that is gone while phones ring is found`() {
        let ringing = CallWorld.ringing(1).state
        let legs = [LegNumber.caller: Self.over, first: Self.up]
        #expect(CallInvariant.breach(in: ringing, legs: legs) != nil)
    }

    @Test func `a branch without a leg is found`() {
        let ringing = CallWorld.ringing(2).state
        let legs = [LegNumber.caller: Self.up, first: Self.up]
        #expect(
            CallInvariant.breach(in: ringing, legs: legs)
                == "every branch that rings has a leg")
    }

    @Test func `two winners are found`() {
        let legs = [
            LegNumber.caller: Self.answered, first: Self.answered, second: Self.answered,
        ]
        #expect(
            CallInvariant.breach(in: .talking(callee: first, turn: nil), legs: legs)
                == "a call has one winner")
    }
}
