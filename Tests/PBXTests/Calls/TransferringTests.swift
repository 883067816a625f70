import Media
import Platform
import SIPStack
import Testing

@testable import PBX

/// Transfers to a number: a party asks, the exchange rings, the other waits.
@Suite struct TransferringTests {
    typealias World = CallWorld
    typealias Effect = CallMachine.Effect

    static let target = LegNumber(number: 2)

    private func feed(_ machine: inout CallMachine, _ event: CallMachine.Event) -> [Effect] {
        machine.handle(event)
    }

    /// 100 talks with 101, and one of them has asked for a third, whose phone rings.
    private func transferring(askedBy asker: LegNumber = .caller) -> CallMachine {
        var machine = World.talking()
        _ = machine.handle(.referred(asker, toCall: false))
        _ = machine.handle(.found([[World.target(9)]]))
        return machine
    }

    @Test(arguments: [LegNumber.caller, World.first])
    func `a REFER is accepted, its target sought, and the other party hears music`(
        asker: LegNumber
    ) {
        let transferee = asker == .caller ? World.first : .caller
        var machine = World.talking()
        let effects = feed(&machine, .referred(asker, toCall: false))
        #expect(effects.contains(.acceptReferral(asker)))
        #expect(effects.contains(.playMusic(transferee)))
        #expect(effects.contains(.seekTarget(askedBy: asker)))
        let rings = feed(&machine, .found([[World.target(9)]]))
        #expect(rings.contains(.ring(Self.target, World.target(9))))
        #expect(
            feed(&machine, .progressed(Self.target, .ringing, hasMedia: false))
                == [.playRingback(transferee), .tellReferral(asker, .ringing)])
        #expect(feed(&machine, .progressed(Self.target, .ringing, hasMedia: true)).isEmpty)
    }

    @Test(arguments: [LegNumber.caller, World.first])
    func `the target's answer joins it with the transferee and lets the transferor go`(
        asker: LegNumber
    ) {
        let transferee = asker == .caller ? World.first : .caller
        var machine = transferring(askedBy: asker)
        let effects = feed(&machine, .answered(Self.target))
        #expect(effects.contains(.tellReferral(asker, .ok)))
        #expect(
            effects.contains(
                .hangUp(asker, .requestTerminated, reason: CallMachine.transferred)))
        #expect(effects.contains(.rejoin(transferee, Self.target)))
        #expect(machine.state == .talking(callee: Self.target, turn: nil))
        #expect(machine.caller == transferee)
        // The transferor's end is no end of the call; either party's is.
        #expect(feed(&machine, .ended(asker, .byOrder)).isEmpty)
        let end = feed(&machine, .ended(transferee, .byRemote(reason: nil)))
        #expect(end.contains(.hangUp(Self.target, .requestTerminated, reason: nil)))
        #expect(end.contains(.close(.callerHungUp)))
    }

    @Test func `a refused transfer is told, and the call goes on as it was`() {
        var machine = transferring()
        let effects = feed(&machine, .refused(Self.target, .busyHere))
        #expect(effects.contains(.tellReferral(.caller, .busyHere)))
        #expect(effects.contains(.resume(.caller, World.first)))
        #expect(machine.state == .talking(callee: World.first, turn: nil))
        #expect(machine.caller == .caller)
    }

    @Test func `a target that shares no codec fails the transfer, and the transferor is there`() {
        var machine = transferring()
        let effects = feed(&machine, .incompatible(Self.target))
        #expect(effects.contains(.hangUp(Self.target, .notAcceptableHere, reason: nil)))
        #expect(effects.contains(.tellReferral(.caller, .notAcceptableHere)))
        #expect(effects.contains(.resume(.caller, World.first)))
        #expect(machine.state == .talking(callee: World.first, turn: nil))
    }

    @Test func `a number of the exchange whose codecs nobody speaks fails the transfer`() {
        var machine = World.talking()
        _ = machine.handle(.referred(.caller, toCall: false))
        let effects = feed(&machine, .notFound(.mediaRefused))
        #expect(effects.contains(.tellReferral(.caller, .notAcceptableHere)))
        #expect(effects.contains(.resume(.caller, World.first)))
    }

    @Test func `an unknown number and one without phones fail the transfer at once`() {
        var machine = World.talking()
        _ = machine.handle(.referred(.caller, toCall: false))
        var other = machine
        #expect(
            feed(&machine, .notFound(.unknownNumber)).contains(.tellReferral(.caller, .notFound)))
        #expect(
            feed(&other, .found([])).contains(.tellReferral(.caller, .temporarilyUnavailable)))
    }

    @Test func `nobody answers in time: the transfer fails and the target stops ringing`() {
        var machine = transferring()
        let effects = feed(&machine, .ringingTimedOut)
        #expect(effects.contains(.hangUp(Self.target, .requestTerminated, reason: nil)))
        #expect(effects.contains(.tellReferral(.caller, .temporarilyUnavailable)))
        #expect(effects.contains(.stopRingingTimer))
    }

    @Test func `a transferor that hangs up at once has transferred all the same`() {
        var machine = transferring()
        #expect(feed(&machine, .ended(.caller, .byRemote(reason: nil))).isEmpty)
        let effects = feed(&machine, .answered(Self.target))
        #expect(effects.contains(.rejoin(World.first, Self.target)))
        // RFC 5057: its subscription outlives its BYE.
        #expect(effects.contains(.tellReferral(.caller, .ok)))
        #expect(!effects.contains { if case .hangUp(.caller, _, _) = $0 { true } else { false } })
    }

    @Test func `a transferor that is gone when the transfer fails is recalled`() {
        var machine = transferring()
        _ = machine.handle(.ended(.caller, .byRemote(reason: nil)))
        let effects = feed(&machine, .refused(Self.target, .busyHere))
        #expect(effects.contains(.seekTransferor(.caller)))
        let recall = LegNumber(number: 3)
        #expect(
            feed(&machine, .found([[World.target(7)]])).contains(.ring(recall, World.target(7))))
        #expect(feed(&machine, .answered(recall)).contains(.rejoin(World.first, recall)))
        #expect(machine.state == .talking(callee: recall, turn: nil))
    }

    private func dismissing() -> CallMachine {
        var machine = transferring()
        _ = machine.handle(.ended(.caller, .byRemote(reason: nil)))
        _ = machine.handle(.refused(Self.target, .busyHere))
        let effects = feed(&machine, .found([]))
        #expect(effects.suffix(2) == [.playTone(World.first, .congestion), .startToneTimer])
        return machine
    }

    @Test func `a recall that fails ends the call for who is left, after a tone`() {
        var machine = dismissing()
        let effects = feed(&machine, .toneEnded)
        #expect(
            effects.contains(
                .hangUp(World.first, .temporarilyUnavailable, reason: nil)))
        #expect(effects.contains(.close(.notRegistered)))
    }

    @Test func `a parker that is busy is heard to be`() {
        var machine = transferring()
        _ = machine.handle(.ended(.caller, .byRemote(reason: nil)))
        _ = machine.handle(.refused(Self.target, .busyHere))
        _ = machine.handle(.found([[World.target(7)]]))
        let effects = feed(&machine, .refused(LegNumber(number: 3), .busyHere))
        #expect(effects.contains(.playTone(World.first, .busy)))
    }

    @Test func `who hears the tone may hang up, hold and be hung up, and nothing else`() {
        var machine = dismissing()
        #expect(feed(&machine, .offered(World.first)) == [.answerAlone(World.first)])
        #expect(
            feed(&machine, .referred(World.first, toCall: false))
                == [.refuseReferral(World.first, .callOrTransactionDoesNotExist)])
        #expect(machine.judge(claimTo: World.first, isEarlyOnly: false) == .failure(.gone))
        #expect(machine.waiting == World.first)
        var gone = machine
        let left = feed(&gone, .ended(World.first, .byRemote(reason: nil)))
        #expect(left.contains(.stopToneTimer) && left.contains(.close(.notRegistered)))
        let ended = feed(&machine, .hangUp(.administrator))
        #expect(ended.contains(.close(.administrator)) && ended.contains(.stopToneTimer))
        #expect(feed(&machine, .toneEnded).isEmpty)
    }

    @Test func `a transferee that hangs up ends it all`() {
        var machine = transferring()
        let effects = feed(&machine, .ended(World.first, .byRemote(reason: nil)))
        #expect(effects.contains(.hangUp(Self.target, .requestTerminated, reason: nil)))
        #expect(effects.contains(.hangUp(.caller, .requestTerminated, reason: nil)))
        #expect(effects.contains(.tellReferral(.caller, .temporarilyUnavailable)))
        #expect(effects.contains(.close(.calleeHungUp)))
        #expect(
            feed(&machine, .answered(Self.target)).isEmpty, "its usage dismisses a late answer")
    }

    @Test func `while a transfer is under way another one is refused, whoever asks`() {
        var machine = transferring()
        for leg in [LegNumber.caller, World.first] {
            #expect(
                feed(&machine, .referred(leg, toCall: false))
                    == [.refuseReferral(leg, .requestPending)])
            #expect(
                feed(&machine, .referred(leg, toCall: true))
                    == [.refuseReferral(leg, .requestPending)])
        }
    }

    @Test func `who had a re-INVITE under way is answered, and the other side need not answer`() {
        var machine = World.talking()
        _ = machine.handle(.offered(World.first))
        let effects = feed(&machine, .referred(.caller, toCall: false))
        #expect(effects.contains(.withdrawOffer(.caller)))
        #expect(effects.contains(.answerAlone(World.first)))
        #expect(feed(&machine, .offerRefused(.caller, .requestTerminated)).isEmpty)
    }

    @Test func `of several phones that ring the first wins, the others stop`() {
        var machine = World.talking()
        _ = machine.handle(.referred(.caller, toCall: false))
        _ = machine.handle(.found([[World.target(9)], [World.target(8)]]))
        let winner = LegNumber(number: 3)
        let effects = feed(&machine, .answered(winner))
        let told = CallMachine.answeredElsewhere
        #expect(effects.contains(.hangUp(Self.target, .requestTerminated, reason: told)))
        #expect(effects.contains(.rejoin(World.first, winner)))
        #expect(
            feed(&machine, .answered(Self.target))
                == [.hangUp(Self.target, .requestTerminated, reason: told)])
    }

    @Test func `hanging up by order ends every leg of a transfer`() {
        var machine = transferring()
        let effects = feed(&machine, .hangUp(.administrator))
        for leg in [LegNumber.caller, World.first, Self.target] {
            #expect(effects.contains(.hangUp(leg, .requestTerminated, reason: nil)))
        }
        #expect(effects.contains(.close(.administrator)))
    }

    @Test func `no REFER is taken where nobody talks`() {
        var machine = World.ringing(1)
        #expect(
            feed(&machine, .referred(.caller, toCall: false))
                == [.refuseReferral(.caller, .callOrTransactionDoesNotExist)])
    }
}
