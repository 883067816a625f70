import Platform
import Testing

@testable import SIPStack

/// Session timers, both roles (RFC 4028).
@Suite struct SessionTimerTests {
    typealias World = DialogWorld
    static let terms = SessionTimerTerms(interval: 1800, minimum: 90)

    /// A UAC's usage whose INVITE was answered with those fields.
    private func called(_ fields: [(FieldName, String)]) -> ([InviteSession.Effect], InviteSession)
    {
        var usage = World.calling(timer: Self.terms)
        var answer = World.response(to: World.invite(), .ok, body: World.sdp)
        for (name, value) in fields { answer.fields.append(name: name, raw: value) }
        let effects = usage.hear(answer)
        return (effects, usage)
    }

    /// The 2xx of a UAS to an INVITE with those fields.
    private func answer(_ fields: [(FieldName, String)]) throws -> (
        Response, [InviteSession.Effect]
    ) {
        var usage = World.invited(fields, timer: Self.terms)
        let effects = usage.obey(.answer(World.sdp))
        return (try #require(effects.responses.first), effects)
    }

    @Test func `our INVITE asks for a timer and names the least that we take (§7.1)`() throws {
        var usage = InviteSession(
            calling: World.invite(), to: .flow(World.flow), contact: World.ours, timer: Self.terms)
        let invite = try #require(usage.obey(.invite(World.sdp)).sent.first)
        #expect(invite.supported == ["100rel", "timer"])
        #expect(invite.fields[.sessionExpires] == "1800")
        #expect(invite.fields[.minSE] == "90")
    }

    @Test func `as the refresher we refresh at half time, and else hang up near the end (§10)`() {
        let (effects, _) = called([(.sessionExpires, "1800;refresher=uac"), (.require, "timer")])
        #expect(effects.waits(.refresh) == [.seconds(900)])
        #expect(effects.waits(.sessionExpiry) == [.seconds(1768)])
    }

    @Test func `where the other side refreshes we only wait (§10)`() {
        let (effects, _) = called([(.sessionExpires, "90;refresher=uas"), (.require, "timer")])
        #expect(effects.waits(.refresh).isEmpty)
        #expect(effects.contains(.stop(.refresh)))
        #expect(effects.waits(.sessionExpiry) == [.seconds(60)])
    }

    @Test func `a 2xx without Session-Expires means no timer (§7.2)`() {
        let (effects, _) = called([])
        #expect(effects.waits(.sessionExpiry).isEmpty)
    }

    @Test func `a hostile interval makes us refresh no faster than the least allows`() {
        let (effects, _) = called([(.sessionExpires, "1;refresher=uac")])
        #expect(effects.waits(.refresh) == [.seconds(45)])
    }

    @Test func `422 makes us ask again for longer, with the same Call-ID and tag (§7.3)`() throws {
        var usage = World.calling(timer: Self.terms)
        var refusal = World.response(to: World.invite(), .intervalTooSmall)
        refusal.fields[.minSE] = "3600"
        let again = try #require(usage.hear(refusal).sent.first)
        #expect(again.method == .invite)
        #expect(again.cSeq.number == 2)
        #expect(again.fields[.sessionExpires] == "3600")
        #expect(again.fields[.minSE] == "3600")
        #expect(again.content == World.sdp)
        #expect(again.from.tag == "ours")
    }

    @Test func `a 422 that asks for no more than we gave is a refusal`() {
        var usage = World.calling(timer: Self.terms)
        var refusal = World.response(to: World.invite(), .intervalTooSmall)
        refusal.fields[.minSE] = "90"
        #expect(usage.hear(refusal).reports.first == .refused(.intervalTooSmall))
        var circling = World.calling(timer: Self.terms)
        var asked: UInt32 = 1
        for minimum in [3600, 7200, 14400, 28800] {
            refusal = World.response(to: World.invite(), .intervalTooSmall)
            refusal.fields[.minSE] = String(minimum)
            asked += UInt32(circling.hear(refusal).sent.count)
        }
        #expect(asked == 1 + UInt32(SessionRefresh.retryLimit))
    }

    @Test(
        arguments: [
            ("timer", "1800;refresher=uac", "1800;refresher=uac", nil),
            ("timer", "1800;refresher=uas", "1800;refresher=uas", 900),
            ("timer", "1800", "1800;refresher=uas", 900),
            ("timer", "120", "120;refresher=uas", 60),
            ("timer", "7200;refresher=uac", "1800;refresher=uac", nil),
            ("timer", nil, "1800;refresher=uas", 900),
        ] as [(String, String?, String, Int?)])
    func `the 2xx to a caller that knows the timer says who refreshes (RFC 4028 §9, table 2)`(
        supported: String, asked: String?, given: String, refresh: Int?
    ) throws {
        var fields: [(FieldName, String)] = [(.supported, supported)]
        if let asked { fields.append((.sessionExpires, asked)) }
        let (response, effects) = try answer(fields)
        #expect(response.fields[.sessionExpires] == given)
        #expect(response.required == ["timer"])
        #expect(effects.waits(.refresh) == refresh.map { [.seconds($0)] } ?? [])
    }

    @Test func `a caller's Min-SE is the least that we answer with (§9)`() throws {
        let (response, _) = try answer([
            (.supported, "timer"), (.sessionExpires, "7200"), (.minSE, "3600"),
        ])
        #expect(response.fields[.sessionExpires] == "3600;refresher=uas")
    }

    @Test func `a caller that knows no timer gets none`() throws {
        let (response, effects) = try answer([])
        #expect(response.fields[.sessionExpires] == nil)
        #expect(response.required.isEmpty)
        #expect(effects.waits(.sessionExpiry).isEmpty)
    }

    @Test func `an interval below our least gets 422 with Min-SE, from who knows the timer (§9)`() {
        var invite = World.request(.invite, body: World.sdp)
        invite.fields[.sessionExpires] = "60"
        #expect(InviteSession.refusal(of: invite, timer: Self.terms) == nil)
        invite.fields[.supported] = "timer"
        let refusal = InviteSession.refusal(of: invite, timer: Self.terms)
        #expect(refusal?.status == .intervalTooSmall)
        #expect(refusal?.fields[.minSE] == "90")
        #expect(InviteSession.refusal(of: invite, timer: nil) == nil)
    }

    @Test func `the refresh is an UPDATE without a body where that is taken (§7.4)`() throws {
        var (_, usage) = called([
            (.sessionExpires, "1800;refresher=uac"), (.allow, "INVITE, UPDATE"),
        ])
        let update = try #require(usage.fire(.refresh).sent.first)
        #expect(update.method == .update)
        #expect(update.content == nil)
        #expect(update.fields[.sessionExpires] == "1800;refresher=uac")
        var ok = World.response(to: update, .ok)
        ok.fields[.sessionExpires] = "1800;refresher=uac"
        let effects = usage.hear(ok, .refresh)
        #expect(effects.waits(.refresh) == [.seconds(900)])
        #expect(effects.waits(.sessionExpiry) == [.seconds(1768)])
    }

    @Test func `else the owner offers again what it said last (§7.4)`() throws {
        var (_, usage) = called([(.sessionExpires, "1800;refresher=uac")])
        #expect(usage.fire(.refresh).reports == [.turnGiven(isRefresh: true)])
        let reinvite = try #require(usage.obey(.offer(World.sdp)).sent.first)
        #expect(reinvite.method == .invite)
        #expect(reinvite.fields[.sessionExpires] == "1800;refresher=uac")
        var ok = World.response(to: reinvite, .ok, body: World.sdp)
        ok.fields[.sessionExpires] = "1800;refresher=uac"
        #expect(usage.hear(ok, .reinvite).waits(.refresh) == [.seconds(900)])
    }

    @Test func `a refresh that UPDATE can't do becomes a re-INVITE`() throws {
        var (_, usage) = called([
            (.sessionExpires, "1800;refresher=uac"), (.allow, "INVITE, UPDATE"),
        ])
        let update = try #require(usage.fire(.refresh).sent.first)
        let effects = usage.hear(World.response(to: update, .methodNotAllowed), .refresh)
        #expect(effects.reports == [.turnGiven(isRefresh: true)])
    }

    @Test func `a refresh refused for now is tried again, and at the end is a BYE (§10)`() throws {
        var (_, usage) = called([
            (.sessionExpires, "1800;refresher=uac"), (.allow, "INVITE, UPDATE"),
        ])
        let update = try #require(usage.fire(.refresh).sent.first)
        let effects = usage.hear(World.response(to: update, .requestPending), .refresh)
        let pause = Duration.milliseconds(2100)...(.seconds(4))
        #expect(effects == [.startAtRandom(.refresh, within: pause)])
        let end = usage.fire(.sessionExpiry)
        #expect(end.sent.map(\.method) == [.bye])
        #expect(end.reports == [.ended(.lost("the session expired"))])
    }

    @Test(arguments: [Status.requestTimeout, .callOrTransactionDoesNotExist])
    func `408 and 481 to a refresh end the dialog at once (§10)`(status: Status) throws {
        var (_, usage) = called([
            (.sessionExpires, "1800;refresher=uac"), (.allow, "INVITE, UPDATE"),
        ])
        let update = try #require(usage.fire(.refresh).sent.first)
        _ = usage.hear(World.response(to: update, status), .refresh)
        #expect(usage.state == .ended)
    }

    @Test func `their refresh by UPDATE or re-INVITE starts the time anew (§9)`() throws {
        let timer: [(FieldName, String)] = [
            (.supported, "timer"), (.sessionExpires, "120;refresher=uac"),
        ]
        var usage = World.established(timer, timer: Self.terms)
        let update = usage.hear(.update, 2, timer)
        #expect(update.responses.first?.fields[.sessionExpires] == "120;refresher=uac")
        #expect(update.waits(.sessionExpiry) == [.seconds(88)])
        _ = usage.hear(.invite, 3, body: World.sdp, timer)
        let reinvite = usage.obey(.acceptOffer(World.sdp))
        #expect(reinvite.responses.first?.fields[.sessionExpires] == "120;refresher=uac")
        #expect(reinvite.waits(.sessionExpiry) == [.seconds(88)])
    }

    @Test func `whoever refreshed goes on where a later request doesn't say (§9)`() throws {
        let timer: [(FieldName, String)] = [
            (.supported, "timer"), (.sessionExpires, "120;refresher=uac"),
        ]
        var usage = World.established(timer, timer: Self.terms)
        let response = usage.hear(.update, 2, [(.supported, "timer"), (.sessionExpires, "120")])
            .responses.first
        #expect(response?.fields[.sessionExpires] == "120;refresher=uac")
    }
}
