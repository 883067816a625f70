import Platform
import Testing

@testable import SIPStack

/// UPDATE, glare and turns in a confirmed dialog (RFC 3311, RFC 3261 §14, RFC 5057).
@Suite struct UpdateTests {
    typealias World = DialogWorld
    static let updates: [(FieldName, String)] = [(.allow, "INVITE, ACK, BYE, UPDATE")]

    @Test func `an UPDATE without an offer is answered at once with our Contact (RFC 3311 §5.2)`()
        throws
    {
        var usage = World.established()
        let response = try #require(usage.hear(.update, 2).responses.first)
        #expect(response.status == .ok)
        #expect(response.contacts.count == 1)
        #expect(response.content == nil)
    }

    @Test func `an UPDATE with an offer is reported, and its 200 holds the answer`() {
        var usage = World.established()
        #expect(
            usage.hear(.update, 2, body: World.other).reports
                == [.offered(World.other, by: .update)])
        let effects = usage.obey(.acceptOffer(World.sdp))
        #expect(effects.statuses == [.ok])
        #expect(effects.waits(.acknowledgement).isEmpty)
        #expect(usage.isReadyForOffer)
    }

    @Test func `while our offer is out theirs gets 491 (RFC 3311 §5.2)`() {
        var usage = World.established()
        _ = usage.obey(.offer(World.sdp))
        #expect(usage.hear(.update, 2, body: World.other).statuses == [.requestPending])
    }

    @Test func `while theirs is open a further one gets 500 with Retry-After (RFC 3311 §5.2)`() {
        var usage = World.established()
        _ = usage.hear(.update, 2, body: World.other)
        let response = usage.hear(.update, 3, body: World.other).responses.first
        #expect(response?.status == .serverInternalError)
        #expect(response?.fields[.retryAfter] != nil)
    }

    @Test func `before the ACK an UPDATE finds no offer open, unless our 2xx held one`() {
        var usage = World.invited()
        _ = usage.obey(.answer(World.sdp))
        #expect(usage.hear(.update, 2, body: World.other).reports.count == 1)
        var late = World.invited(body: nil)
        _ = late.obey(.answer(World.sdp))
        #expect(late.hear(.update, 2, body: World.other).statuses == [.requestPending])
    }

    @Test func `an UPDATE before the answer waits for the offer in the INVITE (RFC 3311 §5.2)`() {
        var usage = World.invited()
        #expect(
            usage.hear(.update, 2, body: World.other).statuses == [.serverInternalError])
        #expect(usage.hear(.update, 3).statuses == [.ok])
    }

    @Test
    func `what came by UPDATE goes on as one only where the other side takes it`() {
        var usage = World.established(Self.updates)
        let update = usage.obey(.offer(World.sdp, .passed(asUpdate: true)))
        #expect(update.sent.map(\.method) == [.update])
        var other = World.established()
        let reinvite = other.obey(.offer(World.sdp, .passed(asUpdate: true)))
        #expect(reinvite.sent.map(\.method) == [.invite])
    }

    @Test(arguments: [Status.methodNotAllowed, .notImplemented, .serverTimeout])
    func `an UPDATE that can't be taken becomes a re-INVITE (RFC 3311 §5.2)`(status: Status)
        throws
    {
        var usage = World.established(Self.updates)
        let update = try #require(
            usage.obey(.offer(World.other, .passed(asUpdate: true))).sent.first)
        let effects = usage.hear(World.response(to: update, status), .update)
        #expect(effects.sent.map(\.method) == [.invite])
        #expect(effects.sent.first?.content == World.other)
        #expect(effects.reports.isEmpty)
    }

    @Test(arguments: [Status.requestTimeout, .callOrTransactionDoesNotExist])
    func `408 and 481 to an UPDATE end the dialog (RFC 5057 §5)`(status: Status) throws {
        var usage = World.established(Self.updates)
        let update = try #require(
            usage.obey(.offer(World.other, .passed(asUpdate: true))).sent.first)
        let effects = usage.hear(World.response(to: update, status), .update)
        #expect(effects.sent.map(\.method) == [.bye])
        #expect(usage.state == .ended)
    }

    // MARK: Turns

    @Test func `the callee of a glare tries again within 2 s (RFC 3261 §14.1)`() throws {
        var usage = World.established()
        let offer = try #require(usage.obey(.offer(World.sdp)).sent.first)
        let effects = usage.hear(World.response(to: offer, .requestPending), .reinvite)
        #expect(effects.reports == [.offerRefused(.requestPending)])
        #expect(effects.contains(.startAtRandom(.turn, within: .zero...(.seconds(2)))))
        #expect(usage.fire(.turn).reports == [.turnGiven(isRefresh: false)])
        #expect(usage.obey(.offer(World.sdp)).sent.map(\.method) == [.invite])
    }

    @Test func `the owner of the Call-ID tries again after 2.1 to 4 s (RFC 3261 §14.1)`() throws {
        var usage = World.calling()
        _ = usage.hear(World.response(to: World.invite(), .ok, body: World.sdp))
        let offer = try #require(usage.obey(.offer(World.sdp)).sent.first)
        let effects = usage.hear(World.response(to: offer, .requestPending), .reinvite)
        let pause = Duration.milliseconds(2100)...(.seconds(4))
        #expect(effects.contains(.startAtRandom(.turn, within: pause)))
    }

    @Test func `500 with Retry-After is heeded, up to 10 s (RFC 3261 §14.2)`() throws {
        var usage = World.established()
        let offer = try #require(usage.obey(.offer(World.sdp)).sent.first)
        var refusal = World.response(to: offer, .serverInternalError)
        refusal.fields[.retryAfter] = "90000"
        #expect(usage.hear(refusal, .reinvite).waits(.turn) == [.seconds(10)])
    }

    @Test func `a passed offer's glare is the party's own to repeat`() throws {
        var usage = World.established()
        let offer = try #require(
            usage.obey(.offer(World.sdp, .passed(asUpdate: false))).sent.first)
        let effects = usage.hear(World.response(to: offer, .requestPending), .reinvite)
        #expect(effects == [.report(.offerRefused(.requestPending))])
    }

    @Test func `a turn is given at once, or as soon as nothing is open`() {
        var usage = World.established()
        #expect(usage.obey(.requestTurn).reports == [.turnGiven(isRefresh: false)])
        _ = usage.hear(.invite, 2, body: World.other)
        #expect(usage.obey(.requestTurn).reports.isEmpty)
        #expect(usage.obey(.acceptOffer(World.sdp)).reports.isEmpty)
        #expect(
            usage.hear(.ack, 2).reports == [.offerConfirmed(nil), .turnGiven(isRefresh: false)])
    }

    @Test func `in a pause after glare theirs may come, ours may not go`() throws {
        var usage = World.established()
        let offer = try #require(usage.obey(.offer(World.sdp)).sent.first)
        _ = usage.hear(World.response(to: offer, .requestPending), .reinvite)
        #expect(usage.obey(.offer(World.sdp)).sent.isEmpty)
        #expect(usage.hear(.invite, 2, body: World.other).reports.count == 1)
    }

    // MARK: Proof of life

    @Test(arguments: [Status.ok, .methodNotAllowed, .busyHere, .serverInternalError])
    func `any answer to OPTIONS is life`(status: Status) throws {
        var usage = World.established()
        let probe = try #require(usage.obey(.probe).sent.first)
        #expect(probe.method == .options)
        #expect(usage.hear(World.response(to: probe, status), .probe).reports == [.alive])
    }

    @Test(arguments: [Status.requestTimeout, .callOrTransactionDoesNotExist])
    func `but 408 and 481, and silence, end the leg`(status: Status) throws {
        var usage = World.established()
        let probe = try #require(usage.obey(.probe).sent.first)
        let effects = usage.hear(World.response(to: probe, status), .probe)
        #expect(effects.sent.map(\.method) == [.bye])
        #expect(usage.state == .ended)
        var silent = World.established()
        _ = silent.obey(.probe)
        _ = silent.handle(.arrival(.failed(.probe, .timeout)), now: .start)
        #expect(silent.state == .ended)
    }

    @Test
    func `whether somebody lives is not asked again while that question is out`() throws {
        var usage = World.established()
        let probe = try #require(usage.obey(.probe).sent.first)
        #expect(usage.obey(.probe).sent.isEmpty)
        _ = usage.hear(World.response(to: probe, .ok), .probe)
        #expect(usage.obey(.probe).sent.count == 1)
    }
}
