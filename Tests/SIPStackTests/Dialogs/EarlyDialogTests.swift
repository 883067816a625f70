import Platform
import Testing

@testable import SIPStack

/// 100rel and forks on the side that calls (RFC 3262 §4, RFC 3261 §13.2.2.4).
@Suite struct EarlyDialogTests {
    typealias World = DialogWorld

    private func reliable(
        _ number: UInt32, _ status: Status = .sessionProgress, tag: String = "far",
        body: MessageBody? = nil, allow: String? = nil
    ) -> Response {
        var response = World.response(to: World.invite(), status, tag: tag, body: body)
        response.fields[.require] = "100rel"
        response.fields[.rSeq] = String(number)
        response.fields[.allow] = allow
        return response
    }

    @Test func `our INVITE says that we take 100rel`() {
        var usage = InviteSession(
            calling: World.invite(), to: .flow(World.flow), contact: World.ours)
        let sent = usage.obey(.invite(World.sdp)).sent
        #expect(sent.first?.supported == ["100rel"])
    }

    @Test func `a reliable response gets a PRACK that names it (§4)`() throws {
        var usage = World.calling()
        let effects = usage.hear(reliable(7, body: World.other))
        let prack = try #require(effects.sent.first)
        #expect(prack.method == .prack)
        #expect(prack.fields[.rAck] == "7 1 INVITE")
        #expect(prack.cSeq.number == 2)
        #expect(prack.to.tag == "far")
        #expect(prack.uri.text == "sip:101@192.0.2.9:5080")
        #expect(
            effects.reports == [.progressed(.sessionProgress, World.other, earlyTag: "far")])
    }

    @Test func `one that comes again or too early is dropped without PRACK (§4)`() {
        var usage = World.calling()
        _ = usage.hear(reliable(7, .ringing))
        #expect(usage.hear(reliable(7, .ringing)).isEmpty)
        #expect(usage.hear(reliable(9)).isEmpty)
        #expect(usage.hear(reliable(6)).isEmpty)
        #expect(usage.hear(reliable(8)).sent.map(\.method) == [.prack])
        #expect(usage.hear(reliable(9)).sent.first?.fields[.rAck] == "9 1 INVITE")
    }

    @Test func `each fork has its own numbers, tags and CSeqs (§4)`() {
        var usage = World.calling()
        let first = usage.hear(reliable(7, tag: "one")).sent
        let second = usage.hear(reliable(40, tag: "two")).sent
        #expect((first + second).map(\.cSeq.number) == [2, 2])
        #expect((first + second).map(\.to.tag) == ["one", "two"])
    }

    @Test func `the BYE after a PRACK is numbered on, and so is a losing fork's`() {
        var usage = World.calling()
        _ = usage.hear(reliable(1, tag: "one"))
        _ = usage.hear(reliable(1, tag: "two"))
        _ = usage.hear(World.response(to: World.invite(), .ok, tag: "two", body: World.sdp))
        let loser = usage.hear(
            World.response(to: World.invite(), .ok, tag: "one", body: World.sdp)
        ).sent
        #expect(loser.map(\.method) == [.ack, .bye])
        #expect(loser.map(\.cSeq.number) == [1, 3])
        let bye = usage.obey(.hangUp(.ok, reason: nil)).sent
        #expect(bye.map(\.cSeq.number) == [3])
        #expect(bye.first?.to.tag == "two")
    }

    /// Found by chance: its answer was refused for the want of a Contact, and came again with one.
    @Test func `the BYE to an answer that comes too late is numbered after its PRACK, too`() {
        var usage = World.calling()
        _ = usage.hear(reliable(1))
        _ = usage.hear(World.response(to: World.invite(), .ok, contact: nil, body: World.sdp))
        let late = usage.hear(World.response(to: World.invite(), .ok, body: World.sdp)).sent
        #expect(late.map(\.method) == [.ack, .bye])
        #expect(late.map(\.cSeq.number) == [1, 3])
    }

    @Test func `the answer that came reliably stands, later ones are ignored (RFC 3261 §13.2.1)`() {
        var usage = World.calling()
        _ = usage.hear(reliable(1, body: World.sdp))
        let again = usage.hear(reliable(2, .ringing, body: World.other))
        #expect(again.reports == [.progressed(.ringing, nil, earlyTag: "far")])
        let answer = World.response(to: World.invite(), .ok, body: World.other)
        #expect(usage.hear(answer).reports == [.answered(nil)])
    }

    @Test func `a 2xx without a description means what the 18x said`() {
        var usage = World.calling()
        _ = usage.hear(
            World.response(to: World.invite(), .sessionProgress, body: World.sdp))
        let effects = usage.hear(World.response(to: World.invite(), .ok))
        #expect(effects.reports == [.answered(World.sdp)])
    }

    @Test func `early media of one fork alone is told, and the winner's description after it`() {
        var usage = World.calling()
        let first = usage.hear(reliable(1, tag: "one", body: World.sdp))
        #expect(first.reports == [.progressed(.sessionProgress, World.sdp, earlyTag: "one")])
        let second = usage.hear(reliable(1, tag: "two", body: World.other))
        #expect(second.reports == [.progressed(.sessionProgress, nil, earlyTag: "two")])
        let effects = usage.hear(World.response(to: World.invite(), .ok, tag: "two"))
        #expect(effects.reports == [.answered(World.other)])
    }

    @Test func `an offer in a reliable response is answered in its PRACK (§5)`() {
        var usage = World.calling(nil)
        let offered = usage.hear(reliable(1, body: World.other))
        #expect(offered.sent.isEmpty)
        #expect(
            offered.reports == [.progressed(.sessionProgress, World.other, earlyTag: "far")])
        let answered = usage.obey(.answer(World.sdp)).sent
        #expect(answered.map(\.method) == [.prack])
        #expect(answered.first?.content == World.sdp)
        let effects = usage.hear(World.response(to: World.invite(), .ok))
        #expect(effects.sent.map(\.method) == [.ack])
        #expect(effects.sent.first?.content == nil)
    }

    @Test func `while CANCEL is under way a reliable response still gets its PRACK`() {
        var usage = World.calling()
        _ = usage.hear(reliable(1, .ringing))
        _ = usage.obey(.hangUp(.requestTerminated, reason: nil))
        let effects = usage.hear(reliable(2))
        #expect(effects.sent.map(\.method) == [.prack])
        #expect(effects.reports.isEmpty)
    }

    @Test func `early dialogs are bounded; beyond them nothing is acknowledged`() {
        var usage = World.calling()
        for number in 0..<InviteSession.earlyDialogLimit {
            _ = usage.hear(reliable(1, tag: "fork\(number)"))
        }
        let effects = usage.hear(reliable(1, tag: "further"))
        #expect(effects.sent.isEmpty)
    }

    // MARK: UPDATE before the answer (RFC 3311)

    @Test func `an UPDATE before the answer is glare until the offer is answered reliably`() {
        var usage = World.calling()
        _ = usage.hear(World.response(to: World.invite(), .ringing))
        var update = World.request(.update, sequence: 1, toTag: "ours", body: World.other)
        #expect(
            usage.handle(.arrival(.request(update, World.later, on: World.flow)), now: .start)
                .statuses == [.requestPending])
        _ = usage.hear(reliable(1, body: World.sdp))
        update.cSeq.number = 2
        let effects = usage.handle(
            .arrival(.request(update, World.later, on: World.flow)), now: .start)
        #expect(effects.reports == [.offered(World.other, by: .update)])
        #expect(usage.obey(.acceptOffer(World.sdp)).statuses == [.ok])
    }

    @Test func `our UPDATE goes before the answer where the other side takes it`() throws {
        var usage = World.calling()
        _ = usage.hear(reliable(1, body: World.sdp, allow: "INVITE, UPDATE"))
        #expect(usage.isReadyForOffer)
        let sent = try #require(usage.obey(.offer(World.other)).sent.first)
        #expect(sent.method == .update)
        #expect(sent.cSeq.number == 3)
        let effects = usage.hear(World.response(to: sent, .ok, body: World.sdp), .update)
        #expect(effects.reports == [.offerAccepted(World.sdp)])
        let answered = usage.hear(World.response(to: World.invite(), .ok))
        #expect(answered.reports == [.answered(nil)])
        #expect(usage.obey(.hangUp(.ok, reason: nil)).sent.map(\.cSeq.number) == [4])
    }
}
