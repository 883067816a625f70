import Platform
import SIPStack
import Testing

@testable import Sim
@testable import pbxload

/// Scripts of a load: what phones say in, what they are told out.
@Suite struct LoadCoreTests {
    private static func plan(
        phones: Int = 4, registers: Bool = true, to: String? = nil, calls: Int = 100,
        sound: SoundPlan = .probe
    ) -> LoadPlan {
        LoadPlan(
            numbers: (0..<phones).map { String(100 + $0) }, registers: registers, otherParty: to,
            registrationsPerSecond: 10, callsPerSecond: 10, callLimit: calls,
            duration: .seconds(60), talkTime: .seconds(1), ringTime: .zero, patience: .seconds(60),
            sound: sound)
    }

    private static func at(_ milliseconds: Int) -> Instant { .start + .milliseconds(milliseconds) }

    private static func sighting(
        phone: UInt32, isCaller: Bool, remoteNumber: String,
        outcome: CallSighting.Outcome = .talked, heard: [SpeakerMark: Int] = [:]
    ) -> CallSighting {
        CallSighting(
            phone: phone, call: 1, isCaller: isCaller, remoteNumber: remoteNumber,
            sipCallID: "call", begun: at(0), ringing: at(1), answered: at(10), ended: at(2000),
            outcome: outcome, hungUpHere: isCaller, wasHeld: false, sentPackets: 3, heard: heard,
            stretches: [], earlyMarks: [], spokeEarly: false, pressedKeys: "", heardKeys: [],
            takenKeys: "", informedKeys: "", reception: SoundReception(), failure: nil)
    }

    /// A core whose phones have all registered, at 400 ms.
    private static func callingCore(_ plan: LoadPlan) -> LoadCore {
        var core = LoadCore(plan: plan, now: .start)
        _ = core.step(now: at(0))
        _ = core.step(now: at(100 * plan.numbers.count))
        for phone in plan.numbers.indices {
            core.note(.registered(phone: UInt32(phone), after: .milliseconds(3)))
        }
        _ = core.step(now: at(100 * plan.numbers.count))
        return core
    }

    @Test func `phones register at the pace that was given`() {
        var core = LoadCore(plan: Self.plan(), now: .start)
        #expect(core.step(now: Self.at(0)) == [.begin(phone: 0)])
        #expect(core.step(now: Self.at(99)).isEmpty)
        #expect(core.step(now: Self.at(250)) == [.begin(phone: 1), .begin(phone: 2)])
        #expect(core.stage == .registering)
    }

    @Test func `calls begin when every phone has registered or failed`() {
        var core = LoadCore(plan: Self.plan(phones: 3), now: .start)
        _ = core.step(now: Self.at(500))
        core.note(.registered(phone: 0, after: .milliseconds(3)))
        core.note(.registrationFailed(phone: 1, status: 403, failure: nil))
        _ = core.step(now: Self.at(510))
        #expect(core.stage == .registering)
        core.note(.registered(phone: 2, after: .milliseconds(3)))
        _ = core.step(now: Self.at(520))
        #expect(core.stage == .calling)
        #expect(core.step(now: Self.at(520)) == [.call(phone: 0, number: "102")])
        #expect(core.tally.failures == ["REGISTER: 403": 1])
    }

    @Test func `where no phone registers the load ends`() {
        var core = LoadCore(plan: Self.plan(phones: 2), now: .start)
        _ = core.step(now: Self.at(500))
        for phone in 0..<2 {
            core.note(
                .registrationFailed(phone: UInt32(phone), status: nil, failure: .timeout))
        }
        _ = core.step(now: Self.at(510))
        #expect(core.stage == .leaving)
        _ = core.step(now: Self.at(800))
        #expect(core.stage == .over)
        #expect(core.tally.failures == ["REGISTER: timeout": 2])
    }

    @Test func `a phone in a call is not told to call again`() {
        var core = Self.callingCore(Self.plan(phones: 4))
        #expect(core.step(now: Self.at(600)).count == 2)
        #expect(core.step(now: Self.at(900)).isEmpty)
        core.note(.callBegan(phone: 1, isCaller: false))
        core.note(.callEnded(Self.sighting(phone: 0, isCaller: true, remoteNumber: "101")))
        #expect(core.step(now: Self.at(910)).isEmpty, "the callee has not ended yet")
        core.note(.callEnded(Self.sighting(phone: 1, isCaller: false, remoteNumber: "100")))
        #expect(core.step(now: Self.at(920)) == [.call(phone: 1, number: "100")])
    }

    @Test func `a call that never reached its callee frees both`() {
        var core = Self.callingCore(Self.plan(phones: 2))
        #expect(core.step(now: Self.at(300)) == [.call(phone: 0, number: "101")])
        core.note(
            .callEnded(
                Self.sighting(
                    phone: 0, isCaller: true, remoteNumber: "101", outcome: .refused(503))))
        #expect(core.step(now: Self.at(400)) == [.call(phone: 1, number: "100")])
        #expect(core.tally.failures == ["INVITE: 503": 1])
    }

    @Test func `calls for which no phone is free are missed, not failed`() {
        var core = Self.callingCore(Self.plan(phones: 2))
        _ = core.step(now: Self.at(300))
        _ = core.step(now: Self.at(10_300))
        #expect(core.tally.placedCount == 1)
        #expect(core.tally.missedCount > 80)
        #expect(core.tally.failureCount == 0)
    }

    @Test func `who hears whom is judged from both ends`() {
        var core = Self.callingCore(Self.plan(phones: 2))
        let caller = SpeakerMark(phone: 0, call: 1)
        let callee = SpeakerMark(phone: 1, call: 1)
        _ = core.step(now: Self.at(300))
        core.note(.callBegan(phone: 1, isCaller: false))
        core.note(
            .callEnded(
                Self.sighting(
                    phone: 1, isCaller: false, remoteNumber: "100", heard: [caller: 3])))
        core.note(
            .callEnded(
                Self.sighting(phone: 0, isCaller: true, remoteNumber: "101", heard: [callee: 3])))
        #expect(core.tally.judgedCount == 1)
        #expect(core.tally.heardCount == 1)
        #expect(core.tally.strangerCount == 0)
    }

    @Test func `silence at one end and a stranger's voice are failures`() {
        var core = Self.callingCore(Self.plan(phones: 2))
        _ = core.step(now: Self.at(300))
        core.note(.callBegan(phone: 1, isCaller: false))
        core.note(
            .callEnded(
                Self.sighting(
                    phone: 0, isCaller: true, remoteNumber: "101",
                    heard: [SpeakerMark(phone: 3, call: 9): 1])))
        core.note(.callEnded(Self.sighting(phone: 1, isCaller: false, remoteNumber: "100")))
        #expect(core.tally.heardCount == 0)
        #expect(core.tally.strangerCount == 1)
        #expect(core.tally.failureCount == 2)
    }

    @Test func `the load ends after its calls, and phones sign off`() {
        var core = Self.callingCore(Self.plan(phones: 2, calls: 1))
        #expect(core.step(now: Self.at(300)).count == 1)
        _ = core.step(now: Self.at(310))
        #expect(core.stage == .draining)
        core.note(.callEnded(Self.sighting(phone: 0, isCaller: true, remoteNumber: "101")))
        _ = core.step(now: Self.at(320))
        #expect(core.stage == .leaving)
        let told = core.step(now: Self.at(320)) + core.step(now: Self.at(420))
        #expect(told == [.closeDown(phone: 0), .closeDown(phone: 1)])
        core.note(.signedOff(phone: 0))
        core.note(.signedOff(phone: 1))
        _ = core.step(now: Self.at(500))
        #expect(core.stage == .over)
    }

    @Test func `a load without registrations calls at once and ends after its calls`() {
        var core = LoadCore(
            plan: Self.plan(phones: 2, registers: false, to: "7", calls: 2, sound: .off),
            now: .start)
        #expect(core.step(now: Self.at(0)) == [.begin(phone: 0), .begin(phone: 1)])
        #expect(core.step(now: Self.at(0)) == [.call(phone: 0, number: "7")])
        #expect(core.step(now: Self.at(100)) == [.call(phone: 1, number: "7")])
        core.note(.callEnded(Self.sighting(phone: 0, isCaller: true, remoteNumber: "7")))
        core.note(.callEnded(Self.sighting(phone: 1, isCaller: true, remoteNumber: "7")))
        _ = core.step(now: Self.at(200))
        _ = core.step(now: Self.at(210))
        #expect(core.stage == .over)
        #expect(core.tally.talkedCount == 2)
    }

    @Test func `a load that is stopped places no more calls and drains`() {
        var core = Self.callingCore(Self.plan(phones: 4))
        _ = core.step(now: Self.at(400))
        core.stop(now: Self.at(450))
        #expect(core.step(now: Self.at(600)).isEmpty)
        #expect(core.stage == .draining)
    }
}
