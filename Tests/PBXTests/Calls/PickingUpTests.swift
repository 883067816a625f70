import Media
import Platform
import SIPStack
import Testing

@testable import PBX

/// Pickup, take-over and parking: callers that go to a place in another call.
@Suite struct PickingUpTests {
    typealias World = CallWorld
    typealias Effect = CallMachine.Effect

    static let newcomer = LegNumber.lastRung.next
    static let slot = ParkingSlot("3")

    private func feed(_ machine: inout CallMachine, _ event: CallMachine.Event) -> [Effect] {
        machine.handle(event)
    }

    private func parked(by asker: LegNumber = .caller) throws -> CallMachine {
        var machine = World.talking()
        _ = machine.handle(.referred(asker, toCall: false))
        _ = machine.handle(.foundSlot(try #require(Self.slot)))
        return machine
    }

    private func hasHangUp(_ leg: LegNumber, _ effects: [Effect]) -> Bool {
        effects.contains { if case .hangUp(leg, _, _) = $0 { true } else { false } }
    }

    // MARK: Claims

    @Test func `a place is judged by what its leg does at that moment`() throws {
        func judged(_ machine: CallMachine, _ leg: LegNumber, early: Bool = false) -> Status? {
            switch machine.judge(claimTo: leg, isEarlyOnly: early) {
            case .success: nil
            case .failure(let refusal): refusal.status
            }
        }
        let talking = World.talking()
        let ringing = World.ringing(2)
        #expect(talking.judge(claimTo: .caller, isEarlyOnly: false) == .success(.relieve))
        #expect(ringing.judge(claimTo: World.second, isEarlyOnly: true) == .success(.pickUp))
        // RFC 3891 §3: early-only is not for one that is answered.
        #expect(judged(talking, World.first, early: true) == .busyHere)
        // RFC 3891 §3: nor does a caller that waits have a dialog to replace.
        #expect(judged(ringing, .caller) == .callOrTransactionDoesNotExist)
        #expect(judged(talking, World.third) == .callOrTransactionDoesNotExist)
        #expect(
            judged(CallMachine(ringingTime: .seconds(9)), .caller)
                == .callOrTransactionDoesNotExist)
        #expect(judged(try parked(), World.first) == .requestPending)
    }

    @Test func `a claimant without a place is refused with that status`() {
        var machine = CallMachine(ringingTime: .seconds(9))
        let effects = feed(&machine, .placeRefused(.forbidden))
        #expect(effects.contains(.hangUp(.caller, .forbidden, reason: nil)))
        #expect(effects.contains(.close(.notAllowed)))
    }

    @Test func `a claimant is answered, goes, and its call ends when it is there`() {
        var machine = CallMachine(ringingTime: .seconds(9))
        #expect(feed(&machine, .attended).contains(.attend))
        #expect(feed(&machine, .departs) == [.depart(.caller)])
        #expect(feed(&machine, .legLeft(.caller)).contains(.close(.transferred)))
    }

    @Test func `a claimant whose place is gone is hung up`() {
        var machine = CallMachine(ringingTime: .seconds(9))
        _ = machine.handle(.attended)
        _ = machine.handle(.departs)
        let back = feed(&machine, .legCameBack(.caller, .callOrTransactionDoesNotExist))
        #expect(back == [.playTone(.caller, .congestion), .startToneTimer])
        let effects = feed(&machine, .toneEnded)
        #expect(hasHangUp(.caller, effects))
        #expect(effects.contains(.close(.nothingToTake)))
    }

    // MARK: Pickup

    @Test func `who picks up has the call, and the phones stop ringing`() {
        var machine = World.ringing(2)
        let effects = feed(&machine, .pickedUp(World.second, by: Self.newcomer))
        let told = CallMachine.answeredElsewhere
        #expect(effects.contains(.keepLeg(Self.newcomer)))
        #expect(effects.contains(.connect(Self.newcomer)))
        #expect(effects.contains(.hangUp(World.first, .requestTerminated, reason: told)))
        #expect(effects.contains(.hangUp(World.second, .requestTerminated, reason: told)))
        #expect(machine.state == .talking(callee: Self.newcomer, turn: nil))
    }

    @Test func `who picks up a moment after the answer goes back`() {
        var machine = World.talking()
        let gone = Effect.returnLeg(Self.newcomer, .callOrTransactionDoesNotExist)
        #expect(feed(&machine, .pickedUp(World.first, by: Self.newcomer)) == [gone])
        var other = World.ringing(1)
        #expect(feed(&other, .pickedUp(World.third, by: Self.newcomer)) == [gone])
    }

    @Test func `a transfer that rings is picked up, and the transferor hears of success`() {
        var machine = World.talking()
        _ = machine.handle(.referred(.caller, toCall: false))
        _ = machine.handle(.found([[World.target(9)]]))
        let effects = feed(&machine, .pickedUp(World.second, by: Self.newcomer))
        #expect(effects.contains(.tellReferral(.caller, .ok)))
        #expect(effects.contains(.rejoin(Self.newcomer, World.first)))
        #expect(hasHangUp(World.second, effects) && hasHangUp(.caller, effects))
        #expect(machine.caller == World.first)
        #expect(machine.state == .talking(callee: Self.newcomer, turn: nil))
    }

    // MARK: Parking

    @Test(arguments: [LegNumber.caller, World.first])
    func `a transfer to a slot lets the parker go, and the other waits`(asker: LegNumber) throws {
        let waiting = asker == .caller ? World.first : .caller
        var machine = World.talking()
        #expect(feed(&machine, .referred(asker, toCall: false)).contains(.playMusic(waiting)))
        let effects = feed(&machine, .foundSlot(try #require(Self.slot)))
        #expect(effects.contains(.tellReferral(asker, .ok)))
        #expect(hasHangUp(asker, effects) && !hasHangUp(waiting, effects))
        #expect(effects.contains(.startParkingTimer))
        #expect(machine.parked?.parked == waiting && machine.parked?.slot == Self.slot)
        #expect(feed(&machine, .ended(asker, .byOrder)).isEmpty)
    }

    @Test func `who fetches a parked party talks with it`() throws {
        var machine = try parked()
        let effects = feed(&machine, .pickedUp(World.first, by: Self.newcomer))
        #expect(effects.contains(.stopParkingTimer))
        #expect(effects.contains(.keepLeg(Self.newcomer)))
        #expect(effects.contains(.rejoin(Self.newcomer, World.first)))
        #expect(machine.parked == nil)
        let end = feed(&machine, .ended(World.first, .byRemote(reason: nil)))
        #expect(hasHangUp(Self.newcomer, end))
    }

    @Test func `a parked party that hangs up leaves nothing`() throws {
        var machine = try parked()
        let effects = feed(&machine, .ended(World.first, .byRemote(reason: nil)))
        #expect(effects.contains(.stopParkingTimer))
        #expect(effects.contains(.close(.calleeHungUp)))
    }

    @Test func `the parker is rung in time, and talks with who waited`() throws {
        var machine = try parked()
        #expect(feed(&machine, .parkingTimedOut) == [.seekTransferor(.caller)])
        _ = machine.handle(.found([[World.target(9)]]))
        let effects = feed(&machine, .answered(World.second))
        #expect(effects.contains(.rejoin(World.first, World.second)))
        #expect(effects.contains(.note(.recalled, World.second)))
    }

    @Test func `while the parker rings, the party can still be fetched`() throws {
        var machine = try parked()
        _ = machine.handle(.parkingTimedOut)
        _ = machine.handle(.found([[World.target(9)]]))
        let effects = feed(&machine, .pickedUp(World.first, by: Self.newcomer))
        #expect(effects.contains(.rejoin(Self.newcomer, World.first)))
        #expect(hasHangUp(World.second, effects) && !hasHangUp(World.first, effects))
        #expect(effects.contains(.note(.retrieved, Self.newcomer)))
    }

    @Test func `a parker that never answers is rung three times, then the call ends`() throws {
        var machine = try parked()
        for round in 1...CallMachine.Parking.recallLimit {
            #expect(feed(&machine, .parkingTimedOut) == [.seekTransferor(.caller)])
            let effects = feed(&machine, .notFound(.notRegistered))
            if round < CallMachine.Parking.recallLimit {
                #expect(effects.contains(.startParkingTimer))
                #expect(machine.parked?.slot == Self.slot)
            } else {
                #expect(effects.contains(.playTone(World.first, .congestion)))
                #expect(feed(&machine, .toneEnded).contains(.close(.notRegistered)))
            }
        }
    }

    // MARK: Codes

    @Test func `codes lead to their features (FC-1 to FC-5)`() throws {
        let house = HouseNumbers()
        let slot = try #require(Self.slot)
        #expect(house.feature(of: "*20*") == .pickUp(at: nil))
        #expect(house.feature(of: "*20*101") == .pickUp(at: "101"))
        #expect(house.feature(of: "*03") == .park(slot))
        #expect(house.feature(of: "*13") == .retrieve(slot, parkedBy: nil))
        #expect(house.feature(of: "*13100") == .retrieve(slot, parkedBy: "100"))
        for digits in ["*0", "*033", "*1", "*20", "03", "*0x", "*0٣"] {
            #expect(house.feature(of: digits) == nil, "\(digits)")
        }
        #expect(HouseNumbers(pickup: "*8").feature(of: "*8101") == .pickUp(at: "101"))
        #expect(HouseNumbers(park: nil).feature(of: "*03") == nil)
    }
}
