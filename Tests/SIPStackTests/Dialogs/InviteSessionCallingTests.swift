import Platform
import Testing

@testable import SIPStack

@Suite struct InviteSessionCallingTests {
    typealias World = DialogWorld

    private func receive(
        _ usage: inout InviteSession, _ response: Response,
        _ tag: InviteSession.RequestTag = .invite
    ) -> [InviteSession.Effect] {
        usage.handle(.arrival(.response(response, tag, on: World.flow)), now: .start)
    }

    @Test func `100 says nothing, 180 says that it rings and opens an early dialog`() {
        var usage = World.calling()
        #expect(receive(&usage, World.response(to: World.invite(), .trying, tag: nil)).isEmpty)
        let effects = receive(&usage, World.response(to: World.invite(), .ringing))
        #expect(effects.reports == [.progressed(.ringing, nil, earlyTag: "far")])
        #expect(
            effects.contains(
                .register(DialogID(sipCallID: "call-1", localTag: "ours", remoteTag: "far"))))
    }

    @Test func `a 2xx is acknowledged at once, and the same again is left to the stack`() {
        var usage = World.calling()
        let answer = World.response(to: World.invite(), .ok, body: World.sdp)
        let effects = receive(&usage, answer)
        #expect(effects.sent.map(\.method) == [.ack])
        #expect(effects.reports == [.answered(World.sdp)])
        #expect(usage.state == .established)
        #expect(receive(&usage, answer).isEmpty)
    }

    @Test func `the answer of a second fork is acknowledged and ended (RFC 3261 §13.2.2.4)`() {
        var usage = World.calling()
        _ = receive(&usage, World.response(to: World.invite(), .ok, body: World.sdp))
        let second = World.response(to: World.invite(), .ok, tag: "fork", body: World.sdp)
        let effects = receive(&usage, second)
        #expect(effects.sent.map(\.method) == [.ack, .bye])
        #expect(effects.sent.allSatisfy { $0.to.tag == "fork" })
        #expect(usage.state == .established)
        #expect(receive(&usage, second).isEmpty)
    }

    @Test func `a copy of the answer after our BYE gets no second BYE`() {
        var usage = World.calling()
        let answer = World.response(to: World.invite(), .ok, body: World.sdp)
        _ = receive(&usage, answer)
        _ = usage.handle(.order(.hangUp(.ok, reason: nil)), now: .start)
        #expect(receive(&usage, answer).sent.isEmpty)
    }

    @Test func `a refusal is reported and ends the usage`() {
        var usage = World.calling()
        let effects = receive(&usage, World.response(to: World.invite(), .busyHere))
        #expect(effects.reports.first == .refused(.busyHere))
        #expect(usage.state == .ended)
    }

    @Test func `hanging up before an answer cancels and waits for the final response`() {
        var usage = World.calling()
        let effects = usage.handle(
            .order(.hangUp(.requestTerminated, reason: "why")), now: .start)
        #expect(effects.contains(.cancel(.invite, reason: "why")))
        #expect(effects.reports.isEmpty)
        let end = receive(&usage, World.response(to: World.invite(), .requestTerminated))
        #expect(end.reports == [.ended(.byOrder)])
    }

    @Test func `an answer that crosses the CANCEL is taken and ended by BYE (§9.1)`() {
        var usage = World.calling()
        _ = usage.handle(.order(.hangUp(.requestTerminated, reason: nil)), now: .start)
        let effects = receive(&usage, World.response(to: World.invite(), .ok, body: World.sdp))
        #expect(effects.sent.map(\.method) == [.ack, .bye])
        #expect(effects.reports == [.ended(.byOrder)])
    }

    @Test func `a CANCEL that is never answered ends after 64·T1`() {
        var usage = World.calling()
        let effects = usage.handle(
            .order(.hangUp(.requestTerminated, reason: nil)), now: .start)
        #expect(effects.contains(.start(.cancellation, after: .seconds(32))))
        let end = usage.handle(.timer(.cancellation), now: .start)
        #expect(end.reports == [.ended(.byOrder)])
    }

    @Test func `no response at all counts as 408`() {
        var usage = World.calling()
        let effects = usage.handle(.arrival(.failed(.invite, .timeout)), now: .start)
        #expect(effects.reports.first == .refused(.requestTimeout))
    }

    @Test func `an INVITE without an offer is acknowledged with the owner's answer`() {
        var usage = World.calling(nil)
        let effects = receive(
            &usage, World.response(to: World.invite(), .ok, body: World.sdp))
        #expect(effects.sent.isEmpty)
        #expect(effects.reports == [.answered(World.sdp)])
        let acknowledgement = usage.handle(.order(.answer(World.other)), now: .start)
        #expect(acknowledgement.sent.map(\.content) == [World.other])
        #expect(usage.state == .established)
    }

    @Test func `a second fork's answer while the first waits for ours is dismissed`() {
        var usage = World.calling(nil)
        let first = World.response(to: World.invite(), .ok, body: World.sdp)
        _ = receive(&usage, first)
        #expect(receive(&usage, first).isEmpty)
        let second = World.response(to: World.invite(), .ok, tag: "fork", body: World.sdp)
        let effects = receive(&usage, second)
        #expect(effects.sent.map(\.method) == [.ack, .bye])
        #expect(usage.dialog?.remoteTag == "far")
    }

    @Test func `hanging up while the answer waits for ours sends ACK and BYE, no CANCEL`() {
        var usage = World.calling(nil)
        _ = receive(&usage, World.response(to: World.invite(), .ok, body: World.sdp))
        let effects = usage.handle(.order(.hangUp(.ok, reason: nil)), now: .start)
        #expect(effects.sent.map(\.method) == [.ack, .bye])
        #expect(effects.reports == [.ended(.byOrder)])
    }

    @Test func `a 2xx without Contact is a bad gateway`() {
        var usage = World.calling()
        let effects = receive(
            &usage, World.response(to: World.invite(), .ok, contact: nil, body: World.sdp))
        #expect(effects.reports.first == .refused(.badGateway))
        #expect(usage.state == .ended)
    }

    @Test func `more early dialogs than the limit are not kept`() {
        var usage = World.calling()
        var registered = 0
        for number in 0..<40 {
            let effects = receive(
                &usage, World.response(to: World.invite(), .ringing, tag: "fork\(number)"))
            registered += effects.count { if case .register = $0 { true } else { false } }
        }
        #expect(registered == InviteSession.earlyDialogLimit)
    }

    @Test func `every dialog that was registered is unregistered at the end`() {
        var usage = World.calling()
        var open: Set<DialogID> = []
        func follow(_ effects: [InviteSession.Effect]) {
            for effect in effects {
                if case .register(let id) = effect { open.insert(id) }
                if case .unregister(let id) = effect { open.remove(id) }
            }
        }
        for tag in ["a", "b", "c"] {
            follow(receive(&usage, World.response(to: World.invite(), .ringing, tag: tag)))
        }
        follow(
            receive(
                &usage, World.response(to: World.invite(), .ok, tag: "b", body: World.sdp)))
        #expect(open.map(\.remoteTag) == ["b"])
        follow(usage.handle(.order(.hangUp(.ok, reason: nil)), now: .start))
        #expect(open.isEmpty)
    }
}
