import Testing

@testable import PBX

@Suite struct CallStandingTests {
    private func leg(
        _ number: Int, _ phase: LegPicture.Phase, isHolding: Bool = false
    ) -> CallStanding.Leg {
        CallStanding.Leg(number: LegNumber(number: number), phase: phase, isHolding: isHolding)
    }

    private func standing(
        _ legs: [CallStanding.Leg], isRinging: Bool = false, isAnswered: Bool = false,
        isOver: Bool = false
    ) -> CallStanding {
        CallStanding(
            isRinging: isRinging, isAnswered: isAnswered, isOver: isOver, legs: legs)
    }

    private let one = LegNumber(number: 1)
    private let two = LegNumber(number: 2)

    @Test func `what does not change is not told`() {
        let talking = standing([leg(0, .answered), leg(1, .answered)], isAnswered: true)
        #expect(talking.changes(to: talking) == [])
    }

    @Test func `a call goes from ringing to an answer, and the losers go`() {
        let begun = standing([leg(0, .trying)])
        let ringing = standing(
            [leg(0, .ringing), leg(1, .ringing), leg(2, .trying)], isRinging: true)
        #expect(
            begun.changes(to: ringing)
                == [.legRang(.caller), .legBegan(one), .legBegan(two), .rang])
        let talking = standing(
            [leg(0, .answered), leg(1, .answered)], isRinging: true, isAnswered: true)
        #expect(
            ringing.changes(to: talking)
                == [.legAnswered(.caller), .legAnswered(one), .answered, .legEnded(two)])
    }

    @Test func `hold is told of the leg that holds`() {
        let talking = standing([leg(0, .answered), leg(1, .answered)], isAnswered: true)
        let held = standing(
            [leg(0, .answered), leg(1, .answered, isHolding: true)], isAnswered: true)
        #expect(talking.changes(to: held) == [.legHeld(one)])
        #expect(held.changes(to: talking) == [.legResumed(one)])
    }

    @Test func `a dialog's name is told once it is known, and when it is another`() {
        var unnamed = leg(1, .trying)
        let before = standing([leg(0, .trying), unnamed])
        let first = DialogPicture(sipCallID: "a", localTag: "theirs", remoteTag: "ours")
        unnamed.dialog = first
        unnamed.phase = .ringing
        let rings = standing([leg(0, .trying), unnamed])
        #expect(before.changes(to: rings) == [.legNamed(one, first), .legRang(one)])
        let other = DialogPicture(sipCallID: "a", localTag: "another", remoteTag: "ours")
        unnamed.dialog = other
        #expect(
            rings.changes(to: standing([leg(0, .trying), unnamed])) == [.legNamed(one, other)])
    }

    @Test func `legs go before the call is over`() {
        let talking = standing([leg(0, .answered), leg(1, .answered)], isAnswered: true)
        #expect(
            talking.changes(to: standing([], isAnswered: true, isOver: true))
                == [.legEnded(.caller), .legEnded(one), .ended])
    }
}
