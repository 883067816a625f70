import Media
import Platform
import SIPStack
import Testing

@testable import PBX

/// Transfers to the exchange itself: its own numbers, and conferences.
@Suite struct WelcomingTests {
    typealias World = CallWorld
    typealias Effect = CallMachine.Effect

    static let newcomer = LegNumber.lastRung.next

    private func feed(_ machine: inout CallMachine, _ event: CallMachine.Event) -> [Effect] {
        machine.handle(event)
    }

    private func transferring(askedBy asker: LegNumber = .caller) -> CallMachine {
        var machine = World.talking()
        _ = machine.handle(.referred(asker, toCall: false))
        return machine
    }

    /// A caller that dialled one of the exchange's own numbers.
    private func attended() -> CallMachine {
        var machine = CallMachine(ringingTime: .seconds(9))
        _ = machine.handle(.attended)
        return machine
    }

    @Test(arguments: [LegNumber.caller, World.first])
    func `who is sent to the exchange talks with it, and who sent it is told and let go`(
        asker: LegNumber
    ) {
        let transferee = asker == .caller ? World.first : .caller
        var machine = transferring(askedBy: asker)
        let effects = feed(&machine, .attended)
        #expect(
            effects == [
                .tellReferral(asker, .ok),
                .hangUp(asker, .requestTerminated, reason: CallMachine.transferred),
                .note(.transferred, transferee), .welcome(transferee),
            ])
        #expect(machine.state == .attended && machine.caller == transferee)
        // The transferor's end is no end of the call, nor is what its leg reports on its way out.
        #expect(feed(&machine, .ended(asker, .byOrder)) == [])
        #expect(feed(&machine, .mediaRefused(asker)) == [])
        #expect(feed(&machine, .incompatible(asker)) == [])
        #expect(feed(&machine, .offered(asker)) == [.answerAlone(asker)])
        #expect(feed(&machine, .offered(transferee)) == [.settleOffer(transferee)])
        let end = feed(&machine, .ended(transferee, .byRemote(reason: nil)))
        #expect(end.contains(.close(.callerHungUp)))
    }

    @Test func `a transferor that has hung up meanwhile is not hung up again`() {
        var machine = transferring()
        _ = machine.handle(.ended(.caller, .byRemote(reason: nil)))
        let effects = feed(&machine, .attended)
        #expect(!effects.contains { if case .hangUp = $0 { true } else { false } })
        #expect(effects.contains(.welcome(World.first)))
    }

    @Test func `the exchange takes nobody while somebody else is rung, or its own transferor`() {
        var ringing = transferring()
        _ = ringing.handle(.found([[World.target(9)]]))
        #expect(feed(&ringing, .attended) == [])
        var recalled = transferring()
        _ = recalled.handle(.ended(.caller, .byRemote(reason: nil)))
        _ = recalled.handle(.notFound(.unknownNumber))
        #expect(feed(&recalled, .attended) == [])
    }

    @Test func `a party that shares no way to speak with the exchange ends its call`() {
        var machine = transferring()
        _ = machine.handle(.attended)
        let effects = feed(&machine, .incompatible(World.first))
        #expect(effects.contains(.close(.mediaRefused)))
    }

    @Test func `a leg of another call comes in the place of who talks with the exchange`() {
        var machine = attended()
        let effects = feed(&machine, .relieved(.caller, by: Self.newcomer))
        #expect(
            effects == [
                .keepLeg(Self.newcomer), .note(.adopted, Self.newcomer),
                .hangUp(.caller, .requestTerminated, reason: CallMachine.transferred),
                .welcome(Self.newcomer),
            ])
        #expect(machine.caller == Self.newcomer)
        #expect(feed(&machine, .ended(.caller, .byOrder)) == [])
        let end = feed(&machine, .hangUp(.calleeHungUp))
        #expect(end.contains { if case .hangUp(Self.newcomer, _, _) = $0 { true } else { false } })
        #expect(end.contains(.close(.calleeHungUp)))
    }

    @Test func `a leg that comes in the place of one that is gone goes back`() {
        var machine = attended()
        _ = machine.handle(.relieved(.caller, by: Self.newcomer))
        let late = Self.newcomer.next
        #expect(
            feed(&machine, .relieved(.caller, by: late))
                == [.returnLeg(late, .callOrTransactionDoesNotExist)])
    }

    @Test func `those inside a conference hear who gave its place to whom`() throws {
        let random = RecordRandom()
        let callIDs = (0..<2).map { CallID(at: WallTime(microseconds: $0 * 1_000), random: random) }
        var conference = Conference(limit: 32)
        for callID in callIDs {
            _ = conference.handle(.knocked(callID))
            _ = conference.handle(.entered(callID, .number("100")))
        }
        let effects = conference.handle(.relieved(callIDs[0], .number("101")))
        #expect(
            effects == [.announce(.number("100"), .went), .announce(.number("101"), .came)])
        #expect(conference.insideCount == 2)
        let left = conference.handle(.left(callIDs[0]))
        #expect(left == [.announce(.number("101"), .went)])
        // Alone, one hears of nobody; and who was at the door only was never heard of.
        let alone = conference.handle(.relieved(callIDs[1], .number("102")))
        #expect(alone == [])
        let door = conference.handle(.relieved(callIDs[0], .number("103")))
        #expect(door == [])
    }
}
