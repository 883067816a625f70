import Platform
import SIPStack
import Testing

@testable import PBX

/// Legs that leave one call for another.
@Suite struct MovingLegTests {
    typealias World = CallWorld
    typealias Effect = CallMachine.Effect

    static let newcomer = LegNumber(number: 5)

    private func feed(_ machine: inout CallMachine, _ event: CallMachine.Event) -> [Effect] {
        machine.handle(event)
    }

    /// A call whose callee is on its way to another call of the caller's.
    private func handingOver() -> CallMachine {
        var machine = World.talking()
        _ = machine.handle(.referred(.caller, toCall: true))
        return machine
    }

    @Test func `a REFER to another call lets the other party go there`() {
        var machine = World.talking()
        let effects = feed(&machine, .referred(World.first, toCall: true))
        #expect(effects.contains(.acceptReferral(World.first)))
        #expect(effects.contains(.release(.caller, askedBy: World.first)))
    }

    @Test func `when the other call has the leg, the transferor is told and this call ends`() {
        var machine = handingOver()
        let effects = feed(&machine, .legLeft(World.first))
        #expect(effects.contains(.tellReferral(.caller, .ok)))
        #expect(
            effects.contains(
                .hangUp(.caller, .requestTerminated, reason: CallMachine.transferred)))
        #expect(effects.contains(.close(.transferred)))
        #expect(!effects.contains(.hangUp(World.first, .requestTerminated, reason: nil)))
    }

    @Test func `a leg that comes back talks with its transferor again, who is told why`() {
        var machine = handingOver()
        let effects = feed(&machine, .legCameBack(World.first, .requestPending))
        #expect(effects.contains(.tellReferral(.caller, .requestPending)))
        #expect(effects.contains(.resume(.caller, World.first)))
        #expect(machine.state == .talking(callee: World.first, turn: nil))
    }

    @Test func `a leg that comes back to nobody has its transferor recalled`() {
        var machine = handingOver()
        #expect(feed(&machine, .ended(.caller, .byRemote(reason: nil))).isEmpty)
        let effects = feed(&machine, .legCameBack(World.first, .callOrTransactionDoesNotExist))
        #expect(effects.contains(.seekTransferor(.caller)))
    }

    @Test func `a call that was told to end hangs up a leg that comes back`() {
        var machine = handingOver()
        #expect(feed(&machine, .hangUp(.administrator)).isEmpty)
        let effects = feed(&machine, .legCameBack(World.first, .requestPending))
        #expect(
            effects.contains { if case .hangUp(World.first, _, _) = $0 { true } else { false } })
        #expect(effects.contains { if case .hangUp(.caller, _, _) = $0 { true } else { false } })
        #expect(effects.contains(.close(.administrator)))
    }

    @Test func `a leg that comes back after the end is hung up`() {
        var machine = handingOver()
        _ = machine.handle(.ended(World.first, .byRemote(reason: nil)))
        #expect(
            feed(&machine, .legCameBack(World.first, .requestPending))
                == [.hangUp(World.first, .requestTerminated, reason: nil)])
    }

    @Test(arguments: [LegNumber.caller, World.first])
    func `a newcomer takes the place of one that talks`(place: LegNumber) {
        let partner = place == .caller ? World.first : .caller
        var machine = World.talking()
        let effects = feed(&machine, .relieved(place, by: Self.newcomer))
        #expect(effects.contains(.keepLeg(Self.newcomer)))
        #expect(
            effects.contains(
                .hangUp(place, .requestTerminated, reason: CallMachine.transferred)))
        #expect(effects.contains(.rejoin(Self.newcomer, partner)))
        #expect(feed(&machine, .ended(place, .byOrder)).isEmpty)
        let end = feed(&machine, .ended(Self.newcomer, .byRemote(reason: nil)))
        #expect(end.contains { if case .hangUp(partner, _, _) = $0 { true } else { false } })
    }

    @Test func `a newcomer may wait in a caller's place while it rings`() {
        var machine = World.ringing(2)
        let effects = feed(&machine, .relieved(.caller, by: Self.newcomer))
        #expect(effects.contains(.keepLeg(Self.newcomer)))
        #expect(effects.contains(.playMusic(Self.newcomer)))
        #expect(
            feed(&machine, .answered(World.second)).contains(
                .rejoin(Self.newcomer, World.second)))
        #expect(machine.state == .talking(callee: World.second, turn: nil))
    }

    @Test func `where nobody answers the newcomer, who brought it is recalled`() {
        var machine = World.ringing(1)
        _ = machine.handle(.relieved(.caller, by: Self.newcomer))
        #expect(
            feed(&machine, .refused(World.first, .busyHere)).contains(.seekTransferor(.caller)))
    }

    @Test func `who can't be taken goes back with the reason`() {
        var seeking = CallMachine(ringingTime: .seconds(60))
        var ended = World.talking()
        _ = ended.handle(.hangUp(.administrator))
        var away = handingOver()
        var moving = World.talking()
        _ = moving.handle(.referred(.caller, toCall: false))
        var loser = World.ringing(2)
        #expect(
            feed(&seeking, .relieved(.caller, by: Self.newcomer))
                == [.returnLeg(Self.newcomer, .requestPending)])
        #expect(
            feed(&ended, .relieved(.caller, by: Self.newcomer))
                == [.returnLeg(Self.newcomer, .callOrTransactionDoesNotExist)])
        #expect(feed(&away, .relieved(.caller, by: Self.newcomer)).count == 1)
        #expect(feed(&moving, .relieved(.caller, by: Self.newcomer)).count == 1)
        #expect(
            feed(&loser, .relieved(World.first, by: Self.newcomer))
                == [.returnLeg(Self.newcomer, .callOrTransactionDoesNotExist)])
    }
}
