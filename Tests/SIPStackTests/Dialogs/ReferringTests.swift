import Platform
import Testing

@testable import SIPStack

/// REFER within a dialog, and the subscription that it makes (RFC 3515).
struct ReferringTests {
    typealias World = DialogWorld

    static func refer(sequence: UInt32 = 2, isSubscribing: Bool = true) -> Request {
        var refer = World.request(.refer, sequence: sequence, toTag: "ours")
        refer.fields.append(ReferTo(World.address("sip:102@example.com")))
        if !isSubscribing { refer.fields.append(ReferSub(false)) }
        return refer
    }

    /// A usage whose REFER was accepted, and the effects of that.
    private func referred() -> (InviteSession, [InviteSession.Effect]) {
        var usage = World.established()
        let refer = Self.refer()
        _ = usage.handle(
            .arrival(.request(refer, World.later, on: World.flow)), now: .start)
        let effects = usage.handle(
            .order(.referral(.accept(World.later, refer))), now: .start)
        return (usage, effects)
    }

    private func notified(_ usage: inout InviteSession, _ status: Status)
        -> [InviteSession.Effect]
    {
        let notify = World.request(.notify, fromTag: "ours", toTag: "far")
        return usage.handle(
            .arrival(.response(World.response(to: notify, status), .notify, on: World.flow)),
            now: .start)
    }

    private func tell(_ usage: inout InviteSession, _ status: Status) -> [InviteSession.Effect] {
        usage.handle(.order(.referral(.tell(status))), now: .start)
    }

    @Test func `a REFER is reported, and accepted by 202 and a NOTIFY of 100`() throws {
        var usage = World.established()
        let refer = Self.refer()
        let arrived = usage.handle(
            .arrival(.request(refer, World.later, on: World.flow)), now: .start)
        #expect(arrived.reports == [.referred(World.later, refer)])
        let (_, effects) = referred()
        #expect(effects.statuses == [.accepted])
        let notify = try #require(effects.sent.first)
        #expect(notify.method == .notify)
        #expect(notify.fields[.event] == "refer;id=2")
        #expect(notify.fields[.subscriptionState] == "active;expires=300")
        #expect(notify.content?.isOfType("message/sipfrag") == true)
        #expect(String(decoding: notify.body, as: UTF8.self) == "SIP/2.0 100 Trying\r\n")
        #expect(notify.to.tag == "far" && notify.from.tag == "ours")
    }

    @Test func `news waits for the NOTIFY before, and only the newest is told`() {
        var (usage, _) = referred()
        #expect(tell(&usage, .ringing).sent.isEmpty)
        #expect(tell(&usage, .ok).sent.isEmpty)
        let next = notified(&usage, .ok)
        #expect(next.sent.map(\.method) == [.notify])
        #expect(next.sent.first?.fields[.subscriptionState] == "terminated;reason=noresource")
        #expect(
            next.sent.first.map { String(decoding: $0.body, as: UTF8.self) }
                == "SIP/2.0 200 OK\r\n")
        #expect(usage.isReferring)
        _ = notified(&usage, .ok)
        #expect(!usage.isReferring)
        #expect(tell(&usage, .ok).isEmpty)
    }

    @Test func `the subscription outlives the BYE (RFC 5057)`() throws {
        var (usage, _) = referred()
        _ = notified(&usage, .ok)
        let bye = World.request(.bye, sequence: 3, toTag: "ours")
        let ending = usage.handle(
            .arrival(.request(bye, World.later, on: World.flow)), now: .start)
        #expect(ending.reports == [.ended(.byRemote(reason: nil))])
        let registered = try #require(usage.registration)
        #expect(!ending.contains(.unregister(registered)))
        #expect(usage.isReferring)
        let told = tell(&usage, .busyHere)
        #expect(told.sent.map(\.method) == [.notify])
        #expect(notified(&usage, .ok) == [.unregister(registered)])
        #expect(!usage.isReferring)
    }

    @Test func `a hang-up waits until the last news has arrived: phones drop it after a BYE`() {
        var (usage, _) = referred()
        #expect(tell(&usage, .ok).sent.isEmpty)
        let hangUp = InviteSession.Event.order(.hangUp(.requestTerminated, reason: "SIP;cause=200"))
        #expect(usage.handle(hangUp, now: .start).sent.isEmpty)
        #expect(usage.isLeaving)
        #expect(notified(&usage, .ok).sent.map(\.method) == [.notify])
        let last = notified(&usage, .ok)
        #expect(last.sent.map(\.method) == [.bye])
        #expect(last.sent.first?.fields[.reason] == "SIP;cause=200")
        #expect(last.reports == [.ended(.byOrder)])
        #expect(!usage.isReferring)
    }

    @Test func `a hang-up waits two seconds for a phone that answers no NOTIFY, and no longer`() {
        var (usage, _) = referred()
        #expect(tell(&usage, .ok).sent.isEmpty)
        let hangUp = InviteSession.Event.order(.hangUp(.requestTerminated, reason: "SIP;cause=200"))
        #expect(usage.handle(hangUp, now: .start).waits(.farewell) == [.seconds(2)])
        let ending = usage.fire(.farewell)
        #expect(ending.sent.map(\.method) == [.bye])
        #expect(ending.sent.first?.fields[.reason] == "SIP;cause=200")
        #expect(ending.reports == [.ended(.byOrder)])
        #expect(!usage.isLeaving)
        // The news follow, if the phone can be reached again; then nothing is left.
        #expect(usage.isReferring)
        #expect(notified(&usage, .ok).sent.map(\.method) == [.notify])
        #expect(usage.registration.map { notified(&usage, .ok) == [.unregister($0)] } == true)
        #expect(!usage.isReferring)
        #expect(usage.fire(.farewell).isEmpty)
    }

    @Test func `without news on their way a hang-up is at once`() {
        var (usage, _) = referred()
        let hangUp = InviteSession.Event.order(.hangUp(.requestTerminated, reason: nil))
        #expect(usage.handle(hangUp, now: .start).sent.map(\.method) == [.bye])
    }

    @Test(arguments: [Status.callOrTransactionDoesNotExist, .requestTimeout, .forbidden])
    func `a refused NOTIFY ends the subscription, and nothing else`(status: Status) {
        var (usage, _) = referred()
        #expect(notified(&usage, status).isEmpty)
        #expect(!usage.isReferring)
        #expect(usage.state == .established)
    }

    @Test func `a NOTIFY that is lost ends the subscription`() {
        var (usage, _) = referred()
        _ = usage.handle(.arrival(.failed(.notify, .timeout)), now: .start)
        #expect(!usage.isReferring)
    }

    @Test func `who wants no subscription gets none (RFC 4488)`() {
        var usage = World.established()
        let refer = Self.refer(isSubscribing: false)
        let effects = usage.handle(
            .order(.referral(.accept(World.later, refer))), now: .start)
        #expect(effects.sent.isEmpty)
        #expect(effects.statuses == [.accepted])
        #expect(tell(&usage, .ok).isEmpty)
    }

    @Test func `a SUBSCRIBE refreshes, or ends it`() {
        var (usage, _) = referred()
        _ = notified(&usage, .ok)
        var subscribe = World.request(.subscribe, sequence: 3, toTag: "ours")
        subscribe.fields[.event] = "refer;id=2"
        subscribe.fields[.expires] = "60"
        let refreshed = usage.handle(
            .arrival(.request(subscribe, World.later, on: World.flow)), now: .start)
        #expect(refreshed.statuses == [.ok])
        #expect(refreshed.sent.map(\.method) == [.notify])
        subscribe.fields[.expires] = "0"
        subscribe.cSeq.number = 4
        let ended = usage.handle(
            .arrival(.request(subscribe, World.later, on: World.flow)), now: .start)
        #expect(ended.statuses == [.ok])
        #expect(!usage.isReferring)
        subscribe.cSeq.number = 5
        let late = usage.handle(
            .arrival(.request(subscribe, World.later, on: World.flow)), now: .start)
        #expect(late.statuses == [.callOrTransactionDoesNotExist])
    }

    @Test func `a re-INVITE says who is there now, in From only where that is taken (RFC 4916)`() {
        let identity = NameAddress(
            displayName: "Ada", uri: World.address("sip:102@example.com").uri)
        var usage = World.established()
        _ = usage.handle(.order(.referral(.introduce(identity))), now: .start)
        let offer = usage.handle(.order(.offer(World.sdp)), now: .start).sent.first
        #expect(offer?.fields[.pAssertedIdentity] == "\"Ada\" <sip:102@example.com>")
        #expect(offer?.from.uri == World.address("sip:101@example.com").uri)
        var invite = World.request(.invite, body: World.sdp)
        invite.fields[.supported] = "from-change"
        var taking = InviteSession(
            invited: invite, World.transaction, on: World.flow, localTag: "ours",
            contact: World.ours)
        _ = taking.handle(.order(.answer(World.sdp)), now: .start)
        _ = taking.handle(
            .arrival(.acknowledgement(World.request(.ack, toTag: "ours"), on: World.flow)),
            now: .start)
        _ = taking.handle(.order(.referral(.introduce(identity))), now: .start)
        let changed = taking.handle(.order(.offer(World.sdp)), now: .start).sent.first
        #expect(changed?.from.uri == identity.uri)
        #expect(changed?.from.tag == "ours")
    }
}
