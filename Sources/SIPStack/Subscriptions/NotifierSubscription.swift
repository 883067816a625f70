import Platform

/// One subscription as its notifier keeps it (RFC 6665 §4.2).
///
/// A pure core. It decides when a NOTIFY goes and what stands in its header section; its owner
/// composes the body at that moment, so that what goes out is always the newest.
///
///     SUBSCRIBE ──► active ──expiry, unsubscribe, order──► ending ──last NOTIFY answered──► ended
///                      └──────── a NOTIFY that fails for good ──────────────────────────────►┘
///
/// One NOTIFY is out at a time: changes meanwhile become one NOTIFY after it.
public struct NotifierSubscription: Sendable {
    public enum State: Sendable, Equatable {
        case active
        /// The last NOTIFY, which says so, is out, or waits for the one before it.
        case ending(Termination)
        case ended
    }

    /// Why a subscription ended, as its last NOTIFY says (§4.1.3).
    public enum Termination: String, Sendable, Equatable, CaseIterable {
        /// Subscribe again at once, elsewhere perhaps.
        case deactivated
        case probation
        /// Rights have changed.
        case rejected
        /// Expired, or unsubscribed.
        case timeout
        case giveUp = "giveup"
        /// What was watched is gone.
        case noResource = "noresource"
    }

    public enum Event: Sendable {
        /// A SUBSCRIBE: the first, a refresh, or the end (`Expires: 0`).
        case subscribed(Request, ServerTransactionID, on: Flow)
        /// What is watched has changed.
        case changed
        case end(Termination)
        case notifyAnswered(Status, retryAfter: Duration?)
        case notifyFailed(TransactionFailure)
        case timer(Timer)
    }

    public enum Timer: Hashable, Sendable, CaseIterable {
        case expiry
        /// A NOTIFY was refused for the moment.
        case retry
    }

    public enum Effect: Sendable, Equatable {
        case respond(Response, to: ServerTransactionID)
        case register(DialogID)
        case unregister(DialogID)
        /// Send it, with a body of how things are now. The number counts this subscription's NOTIFYs
        /// from 0: what some bodies call their version.
        case notify(Request, to: Destination, number: UInt32)
        case start(Timer, after: Duration)
        case stop(Timer)
        /// Nothing of it is left.
        case ended
    }

    /// The shortest and the longest subscription that is granted, and the usual one, in seconds.
    static let shortest: UInt32 = 60
    static let longest: UInt32 = 7200
    static let usual: UInt32 = 3600
    /// NOTIFYs that may be refused in a row, for the moment, before it ends.
    static let refusalLimit = 3
    static let usualRetryPause = Duration.seconds(5)
    static let longestRetryPause = Duration.seconds(60)

    public private(set) var state = State.active
    /// The package and the id, as the subscriber named them.
    public let event: SIPStack.Event
    private let contact: NameAddress
    private var dialog: Dialog
    private var destination: Destination
    private var expires = Instant.start
    private var isBegun = false
    private var isNotifyOut = false
    /// Something is to be told, once no NOTIFY is out.
    private var isStale = false
    private var isLastNotifyOut = false
    private var isWaitingToRetry = false
    private var refusalCount = 0
    private var notifyCount: UInt32 = 0

    /// - Parameters:
    ///   - request: the SUBSCRIBE, which is then handled by `.subscribed`.
    ///   - contact: how the subscriber can reach us.
    public init(
        to event: SIPStack.Event, by request: Request, on flow: Flow, localTag: String,
        contact: NameAddress
    ) {
        self.event = event
        self.contact = contact
        dialog = Dialog(accepting: request, localTag: localTag)
        destination = .flow(flow)
    }

    public var dialogID: DialogID { dialog.id }

    public mutating func handle(_ event: Event, now: Instant) -> [Effect] {
        switch state {
        case .active: handleActive(event, now)
        case .ending: handleEnding(event, now)
        case .ended: handleEnded(event)
        }
    }

    private mutating func handleActive(_ event: Event, _ now: Instant) -> [Effect] {
        switch event {
        case .subscribed(let request, let transaction, let flow):
            return take(request, transaction, on: flow, now)
        case .changed:
            isStale = true
            return isWaitingToRetry ? [] : notifyIfFree(now)
        case .end(let why):
            return end(why, now)
        case .notifyAnswered(let status, let retryAfter):
            isNotifyOut = false
            if status.isSuccess {
                refusalCount = 0
                return notifyIfStale(now)
            }
            return takeRefusal(status, retryAfter)
        case .notifyFailed:
            // §4.2.2: nobody is there any more.
            return finish()
        case .timer(.expiry):
            return end(.timeout, now)
        case .timer(.retry):
            isWaitingToRetry = false
            return notifyIfStale(now)
        }
    }

    private mutating func handleEnding(_ event: Event, _ now: Instant) -> [Effect] {
        switch event {
        case .subscribed(let request, let transaction, _):
            return [.respond(gone(request), to: transaction)]
        case .notifyAnswered:
            isNotifyOut = false
            return isLastNotifyOut ? finish() : notifyIfFree(now)
        case .notifyFailed:
            return finish()
        case .changed, .end, .timer:
            return []  // The last NOTIFY tells how things are when it goes.
        }
    }

    private func handleEnded(_ event: Event) -> [Effect] {
        switch event {
        case .subscribed(let request, let transaction, _):
            return [.respond(gone(request), to: transaction)]
        case .changed, .end, .notifyAnswered, .notifyFailed, .timer:
            return []  // Late by nature.
        }
    }

    private func gone(_ request: Request) -> Response {
        Response(to: request, status: .callOrTransactionDoesNotExist)
    }

    // MARK: SUBSCRIBE

    private mutating func take(
        _ request: Request, _ transaction: ServerTransactionID, on flow: Flow, _ now: Instant
    ) -> [Effect] {
        let isFirst = !isBegun
        if !isFirst, let refusal = refusalOfRefresh(request) {
            return [.respond(refusal, to: transaction)]
        }
        let asked = request.expires ?? Self.usual
        guard asked == 0 || asked >= Self.shortest else {
            // §4.2.1.1.
            var brief = Response(to: request, status: .intervalTooBrief, toTag: dialog.localTag)
            brief.fields[.minExpires] = String(Self.shortest)
            return [.respond(brief, to: transaction)] + (isFirst ? finish() : [])
        }
        isBegun = true
        destination = .flow(flow)
        dialog.refreshTarget(from: request)
        let granted = min(asked, Self.longest)
        expires = now + .seconds(Int64(granted))
        var answer = Response(to: request, status: .ok, toTag: dialog.localTag)
        answer.fields.append(Contact.address(contact))
        answer.fields[.expires] = String(granted)
        var effects: [Effect] = isFirst ? [.register(dialog.id)] : []
        effects.append(.respond(answer, to: transaction))
        if granted == 0 { return effects + end(.timeout, now) }
        isStale = true
        isWaitingToRetry = false
        return effects + [.start(.expiry, after: .seconds(Int64(granted))), .stop(.retry)]
            + notifyIfFree(now)
    }

    private mutating func refusalOfRefresh(_ request: Request) -> Response? {
        guard dialog.accepts(request) else {
            return Response(
                to: request, status: .serverInternalError, reason: "CSeq Out Of Order")
        }
        let named = (try? request.fields.first(SIPStack.Event.self)) ?? nil
        // One subscription a dialog: another package, or another id, is none of ours.
        return named?.matches(event) == true ? nil : gone(request)
    }

    // MARK: NOTIFY

    private mutating func notifyIfStale(_ now: Instant) -> [Effect] {
        isStale ? notifyIfFree(now) : []
    }

    private mutating func notifyIfFree(_ now: Instant) -> [Effect] {
        guard !isNotifyOut else { return [] }
        isNotifyOut = true
        isStale = false
        var request = dialog.request(.notify)
        request.fields.append(Contact.address(contact))
        request.fields.append(event)
        request.fields.append(standing(now))
        let number = notifyCount
        notifyCount &+= 1
        return [.notify(request, to: destination, number: number)]
    }

    private mutating func standing(_ now: Instant) -> SubscriptionState {
        switch state {
        case .active:
            var standing = SubscriptionState("active")
            standing.expires = UInt32(clamping: max(0, (expires - now).components.seconds))
            return standing
        case .ending(let why):
            isLastNotifyOut = true
            var standing = SubscriptionState("terminated")
            standing.reason = why.rawValue
            return standing
        case .ended:
            return SubscriptionState("terminated")
        }
    }

    /// A refusal that says that nobody wants this any more ends it; another one is for the moment
    /// (RFC 5057 §5.1).
    private mutating func takeRefusal(_ status: Status, _ retryAfter: Duration?) -> [Effect] {
        refusalCount += 1
        guard !Self.endsUsage(status), refusalCount < Self.refusalLimit else { return finish() }
        isStale = true
        isWaitingToRetry = true
        let pause = max(
            .seconds(1), min(retryAfter ?? Self.usualRetryPause, Self.longestRetryPause))
        return [.start(.retry, after: pause)]
    }

    private static func endsUsage(_ status: Status) -> Bool {
        [
            Status.notFound, .methodNotAllowed, .requestTimeout, .gone, .unsupportedURIScheme,
            .temporarilyUnavailable, .callOrTransactionDoesNotExist, .loopDetected, .tooManyHops,
            .addressIncomplete, .ambiguous, .badEvent, .notImplemented, .badGateway,
            .doesNotExistAnywhere,
        ].contains(status)
    }

    // MARK: The end

    /// Says goodbye by a last NOTIFY.
    private mutating func end(_ why: Termination, _ now: Instant) -> [Effect] {
        state = .ending(why)
        return [.stop(.expiry), .stop(.retry), .unregister(dialog.id)] + notifyIfFree(now)
    }

    private mutating func finish() -> [Effect] {
        let wasActive = state == .active
        state = .ended
        let rest: [Effect] =
            wasActive ? [.stop(.expiry), .stop(.retry), .unregister(dialog.id)] : []
        return rest + [.ended]
    }
}
