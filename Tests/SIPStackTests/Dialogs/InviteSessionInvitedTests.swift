import Platform
import Testing

@testable import SIPStack

@Suite struct InviteSessionInvitedTests {
    typealias World = DialogWorld

    @Test func `ringing and the answer carry our tag and Contact`() {
        var usage = World.invited()
        let ringing = usage.handle(.order(.progress(.ringing, nil)), now: .start)
        #expect(ringing.statuses == [.ringing])
        let answered = usage.handle(.order(.answer(World.sdp)), now: .start)
        guard case .respond(let response, _)? = answered.first else {
            Issue.record("no response")
            return
        }
        #expect(response.status == .ok)
        #expect(response.to.tag == "ours")
        #expect(response.contacts.map(\.uri.text) == ["sip:exchange@198.51.100.1"])
        #expect(response.content == World.sdp)
    }

    @Test func `the 2xx is resent from T1 doubling to T2 until its ACK (RFC 3261 §13.3.1.4)`() {
        var usage = World.invited()
        _ = usage.handle(.order(.answer(World.sdp)), now: .start)
        var waits: [Duration] = []
        for _ in 0..<5 {
            for effect in usage.handle(.timer(.resendAnswer), now: .start) {
                if case .start(.resendAnswer, let wait) = effect { waits.append(wait) }
            }
        }
        #expect(waits == [.seconds(1), .seconds(2), .seconds(4), .seconds(4), .seconds(4)])
        let effects = usage.handle(
            .arrival(.acknowledgement(World.request(.ack, toTag: "ours"), on: World.flow)),
            now: .start)
        #expect(effects.contains(.stop(.resendAnswer)))
        #expect(effects.reports == [.confirmed(nil)])
    }

    @Test func `no ACK within 64·T1 ends the call with BYE`() {
        var usage = World.invited()
        _ = usage.handle(.order(.answer(World.sdp)), now: .start)
        let effects = usage.handle(.timer(.acknowledgement), now: .start)
        #expect(effects.sent.map(\.method) == [.bye])
        #expect(effects.reports == [.ended(.lost("no ACK"))])
    }

    @Test func `CANCEL is answered by 487 and ends the usage`() {
        var usage = World.invited()
        let effects = usage.handle(.arrival(.cancelled(World.transaction)), now: .start)
        #expect(effects.statuses == [.requestTerminated])
        #expect(effects.reports == [.ended(.cancelledByRemote)])
    }

    @Test func `a refusal is one final response`() {
        var usage = World.invited()
        let effects = usage.handle(.order(.reject(.busyHere)), now: .start)
        #expect(effects.statuses == [.busyHere])
        let again = usage.handle(.order(.answer(World.sdp)), now: .start)
        #expect(again.isEmpty)
    }

    @Test func `a caller's BYE in the early dialog ends it`() {
        var usage = World.invited()
        let bye = World.request(.bye, sequence: 2, toTag: "ours")
        let effects = usage.handle(
            .arrival(.request(bye, World.later, on: World.flow)), now: .start)
        #expect(effects.statuses == [.ok, .requestTerminated])
        #expect(effects.reports == [.ended(.cancelledByRemote)])
    }

    @Test func `a second INVITE before our answer gets 500 with Retry-After (§14.2)`() {
        var usage = World.invited()
        let again = World.request(.invite, sequence: 2, toTag: "ours", body: World.sdp)
        let effects = usage.handle(
            .arrival(.request(again, World.later, on: World.flow)), now: .start)
        #expect(effects.statuses == [.serverInternalError])
    }

    @Test func `an offer of ours before the ACK is refused as glare`() {
        var usage = World.invited()
        _ = usage.handle(.order(.answer(World.sdp)), now: .start)
        let effects = usage.handle(.order(.offer(World.other)), now: .start)
        #expect(effects.reports == [.offerRefused(.requestPending)])
    }
}
