import Platform
import Testing

@testable import SIPStack

@Suite struct NotifierSubscriptionTests {
    private typealias Subscription = NotifierSubscription

    private static let dialogID = DialogID(sipCallID: "call-1", localTag: "ours", remoteTag: "far")
    private static let event = Event("dialog")
    private let transaction = ServerTransactionID(shard: 0, number: 1)

    private static func subscribe(
        sequence: UInt32 = 1, expires: UInt32? = 600, event: Event? = event,
        contact: String = "sip:100@192.0.2.1:5070"
    ) -> Request {
        var request = DialogWorld.request(
            .subscribe, sequence: sequence, toTag: sequence == 1 ? nil : "ours", contact: contact)
        request.expires = expires
        if let event { request.fields.append(event) }
        return request
    }

    private static func fresh(_ request: Request = subscribe()) -> Subscription {
        Subscription(
            to: event, by: request, on: DialogWorld.flow, localTag: "ours",
            contact: DialogWorld.ours)
    }

    /// Subscribed, and its first NOTIFY is answered.
    private static func active() -> Subscription {
        var subscription = fresh()
        _ = subscription.handle(
            .subscribed(
                subscribe(), ServerTransactionID(shard: 0, number: 1), on: DialogWorld.flow),
            now: .start)
        _ = subscription.handle(.notifyAnswered(.ok, retryAfter: nil), now: .start)
        return subscription
    }

    private func take(
        _ request: Request, by subscription: inout Subscription, now: Instant = .start,
        flow: Flow = DialogWorld.flow
    ) -> [Subscription.Effect] {
        subscription.handle(.subscribed(request, transaction, on: flow), now: now)
    }

    @Test func `a SUBSCRIBE is answered, and a NOTIFY follows at once`() throws {
        var subscription = Self.fresh()
        let effects = take(Self.subscribe(), by: &subscription)
        #expect(effects.statuses == [.ok])
        #expect(effects.first == .register(Self.dialogID))
        #expect(effects.answers.first?.expires == 600)
        #expect(effects.answers.first?.to.tag == "ours")
        #expect(effects.answers.first?.contacts.count == 1)
        #expect(effects.contains(.start(.expiry, after: .seconds(600))))
        let notify = try #require(effects.notifies.first)
        #expect(notify.method == .notify)
        #expect(notify.fields[.event] == "dialog")
        #expect(notify.fields[.subscriptionState] == "active;expires=600")
        #expect(notify.uri.text == "sip:100@192.0.2.1:5070")
        #expect(notify.cSeq.number == 1)
        #expect(notify.from.tag == "ours" && notify.to.tag == "far")
    }

    @Test func `RFC 6665 §8.2.1: a NOTIFY repeats the id of the Event`() throws {
        var event = Self.event
        event.identifier = "7"
        let request = Self.subscribe(event: event)
        var subscription = Subscription(
            to: event, by: request, on: DialogWorld.flow, localTag: "ours",
            contact: DialogWorld.ours)
        #expect(take(request, by: &subscription).notifies.first?.fields[.event] == "dialog;id=7")
    }

    @Test(arguments: [(nil, 3600), (60, 60), (7200, 7200), (100_000, 7200)] as [(UInt32?, UInt32)])
    func `what is asked for is granted up to the longest`(asked: UInt32?, granted: UInt32) {
        var subscription = Self.fresh()
        let effects = take(Self.subscribe(expires: asked), by: &subscription)
        #expect(effects.answers.first?.expires == granted)
    }

    @Test(arguments: [1, 59] as [UInt32])
    func `RFC 6665 §4.2.1.1: too short a first subscription gets 423 and is none`(asked: UInt32) {
        var subscription = Self.fresh()
        let effects = take(Self.subscribe(expires: asked), by: &subscription)
        #expect(effects.statuses == [.intervalTooBrief])
        #expect(effects.answers.first?.fields[.minExpires] == "60")
        #expect(effects.last == .ended)
        #expect(subscription.state == .ended)
    }

    @Test func `too short a refresh gets 423, and the subscription goes on`() {
        var subscription = Self.active()
        let effects = take(Self.subscribe(sequence: 2, expires: 5), by: &subscription)
        #expect(effects.statuses == [.intervalTooBrief])
        #expect(subscription.state == .active)
    }

    @Test func `a refresh gets a NOTIFY, a new expiry, a new flow and a new target`() {
        var subscription = Self.active()
        var flow = DialogWorld.flow
        flow.remote.port = 9
        let later = Instant.start + .seconds(100)
        let effects = take(
            Self.subscribe(sequence: 2, expires: 300, contact: "sip:100@192.0.2.1:9"),
            by: &subscription, now: later, flow: flow)
        #expect(effects.statuses == [.ok])
        #expect(effects.contains(.start(.expiry, after: .seconds(300))))
        #expect(effects.notifies.first?.uri.text == "sip:100@192.0.2.1:9")
        #expect(effects.destinations == [.flow(flow)])
        #expect(effects.numbers == [1])
    }

    @Test func `a refresh out of order gets 500, one for another event 481`() {
        var subscription = Self.active()
        #expect(
            take(Self.subscribe(sequence: 1), by: &subscription).statuses
                == [.serverInternalError])
        #expect(
            take(Self.subscribe(sequence: 2, event: Event("presence")), by: &subscription).statuses
                == [.callOrTransactionDoesNotExist])
        #expect(
            take(Self.subscribe(sequence: 3, event: nil), by: &subscription).statuses
                == [.callOrTransactionDoesNotExist])
        #expect(subscription.state == .active)
    }

    @Test func `one NOTIFY is out at a time, and the changes meanwhile become one`() {
        var subscription = Self.active()
        #expect(subscription.handle(.changed, now: .start).numbers == [1])
        for _ in 0..<5 { #expect(subscription.handle(.changed, now: .start) == []) }
        let next = subscription.handle(.notifyAnswered(.ok, retryAfter: nil), now: .start)
        #expect(next.numbers == [2])
        #expect(next.notifies.first?.cSeq.number == 3)
        #expect(subscription.handle(.notifyAnswered(.ok, retryAfter: nil), now: .start) == [])
    }

    @Test func `an unsubscription gets 200 and a last NOTIFY, and is over when that is answered`() {
        var subscription = Self.active()
        let effects = take(Self.subscribe(sequence: 2, expires: 0), by: &subscription)
        #expect(effects.statuses == [.ok])
        #expect(effects.answers.first?.expires == 0)
        #expect(effects.contains(.unregister(Self.dialogID)))
        #expect(
            effects.notifies.first?.fields[.subscriptionState] == "terminated;reason=timeout")
        #expect(subscription.state == .ending(.timeout))
        #expect(
            take(Self.subscribe(sequence: 3), by: &subscription).statuses
                == [.callOrTransactionDoesNotExist])
        #expect(
            subscription.handle(.notifyAnswered(.ok, retryAfter: nil), now: .start) == [.ended])
    }

    @Test func `a fetch gets one NOTIFY with the state, and leaves nothing`() {
        var subscription = Self.fresh()
        let effects = take(Self.subscribe(expires: 0), by: &subscription)
        #expect(effects.statuses == [.ok])
        #expect(effects.notifies.count == 1)
        #expect(
            subscription.handle(.notifyAnswered(.ok, retryAfter: nil), now: .start) == [.ended])
    }

    @Test func `the last NOTIFY waits for the one that is out`() {
        var subscription = Self.active()
        _ = subscription.handle(.changed, now: .start)
        let ending = subscription.handle(.end(.noResource), now: .start)
        #expect(ending.notifies.isEmpty)
        let last = subscription.handle(.notifyAnswered(.ok, retryAfter: nil), now: .start)
        #expect(
            last.notifies.first?.fields[.subscriptionState] == "terminated;reason=noresource")
        #expect(
            subscription.handle(.notifyAnswered(.ok, retryAfter: nil), now: .start) == [.ended])
    }

    @Test func `a subscription that is not refreshed ends with a last NOTIFY`() {
        var subscription = Self.active()
        let effects = subscription.handle(.timer(.expiry), now: .start + .seconds(600))
        #expect(
            effects.notifies.first?.fields[.subscriptionState] == "terminated;reason=timeout")
    }

    @Test(arguments: [Status.callOrTransactionDoesNotExist, .notFound, .badEvent, .gone])
    func `RFC 6665 §4.2.2: a NOTIFY that nobody wants ends it`(status: Status) {
        var subscription = Self.active()
        _ = subscription.handle(.changed, now: .start)
        let effects = subscription.handle(.notifyAnswered(status, retryAfter: nil), now: .start)
        #expect(effects.contains(.unregister(Self.dialogID)))
        #expect(effects.last == .ended)
    }

    @Test func `a NOTIFY that nobody answers ends it`() {
        var subscription = Self.active()
        _ = subscription.handle(.changed, now: .start)
        #expect(subscription.handle(.notifyFailed(.timeout), now: .start).last == .ended)
        #expect(subscription.handle(.changed, now: .start) == [])
    }

    @Test func `a NOTIFY refused for the moment is sent again, three times in all`() {
        var subscription = Self.active()
        _ = subscription.handle(.changed, now: .start)
        let first = subscription.handle(
            .notifyAnswered(.serviceUnavailable, retryAfter: .seconds(7)), now: .start)
        #expect(first == [.start(.retry, after: .seconds(7))])
        #expect(subscription.handle(.changed, now: .start) == [])
        #expect(subscription.handle(.timer(.retry), now: .start).numbers == [2])
        let second = subscription.handle(
            .notifyAnswered(.serverInternalError, retryAfter: nil), now: .start)
        #expect(second == [.start(.retry, after: .seconds(5))])
        _ = subscription.handle(.timer(.retry), now: .start)
        let third = subscription.handle(
            .notifyAnswered(.serverInternalError, retryAfter: nil), now: .start)
        #expect(third.last == .ended)
    }
}

extension [NotifierSubscription.Effect] {
    fileprivate var answers: [Response] {
        compactMap { if case .respond(let response, _) = $0 { response } else { nil } }
    }

    fileprivate var statuses: [Status] { answers.map(\.status) }

    fileprivate var notifies: [Request] {
        compactMap { if case .notify(let request, _, _) = $0 { request } else { nil } }
    }

    fileprivate var destinations: [Destination] {
        compactMap { if case .notify(_, let destination, _) = $0 { destination } else { nil } }
    }

    fileprivate var numbers: [UInt32] {
        compactMap { if case .notify(_, _, let number) = $0 { number } else { nil } }
    }
}
