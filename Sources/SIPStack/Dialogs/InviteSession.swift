import Platform

/// One INVITE usage: from the INVITE to the end of its dialogs (RFC 3261 §12–15, RFC 5057).
///
/// The core of a leg. It decides; its owner sends, arms timers and posts. It speaks offers and
/// answers as opaque bodies.
///
///         UAC                                       UAS
///     ┌─────────┐ hangUp ┌────────────┐         ┌─────────┐  reject, cancelled
///     │ calling ├───────►│ cancelling │         │ invited ├───────────────┐
///     └────┬────┘        └─────┬──────┘         └────┬────┘               │
///          │ 2xx               │ final, timer        │ answer             │
///          ▼                   │                ┌────▼─────┐ no ACK: BYE  │
///     ┌─────────────┐          │                │ accepted ├────────────┐ │
///     │ established │◄─────────┼────────────────┤          │ ACK        │ │
///     └────┬────────┘          │                └──────────┘            │ │
///          │ BYE, hangUp       ▼                                        ▼ ▼
///          └───────────────► ended ◄──────────────────────────────────────┘
public struct InviteSession: Sendable {
    public enum State: Sendable, Equatable {
        /// UAC: the INVITE is out, or about to be; no final response yet.
        case calling
        /// UAC: CANCEL was asked for; the INVITE's final response is awaited.
        case cancelling
        /// UAS: an INVITE waits for our final response.
        case invited(ServerTransactionID, Request)
        /// UAS: our 2xx is out and resent until its ACK comes (§13.3.1.4).
        case accepted(ServerTransactionID, Response, resendAfter: Duration)
        case established
        case ended
    }

    /// Which of our requests a response belongs to.
    public enum RequestTag: Hashable, Sendable, Codable {
        case invite, reinvite, bye
        /// Acknowledges a reliable provisional response (RFC 3262).
        case prack
        /// An UPDATE with an offer of ours (RFC 3311).
        case update
        /// An UPDATE without an offer: the session timer's refresh (RFC 4028 §7.4).
        case refresh
        /// An OPTIONS that asks whether the other side still lives.
        case probe
        /// News for a transferor.
        case notify
        /// An INFO passed across; its number tells which.
        case info(UInt64)
    }

    public enum Timer: Hashable, Sendable, CaseIterable, Codable {
        /// UAS: resend the 2xx; doubles from T1 to T2.
        case resendAnswer
        /// UAS: no ACK within 64·T1.
        case acknowledgement
        /// UAC: no final response within 64·T1 of the CANCEL (§9.1).
        case cancellation
        /// UAS: resend the reliable provisional response; doubles from T1 (RFC 3262 §3).
        case resendProvisional
        /// UAS: no PRACK within 64·T1.
        case provisionalAcknowledgement
        /// After a glare: our next offer may go (§14.1).
        case turn
        /// The session is to be refreshed by us (RFC 4028 §7.4).
        case refresh
        /// Nobody has refreshed the session (RFC 4028 §10).
        case sessionExpiry
        /// The last news for a transferor holds our BYE back no longer.
        case farewell
    }

    /// Whose wish an offer of ours is.
    public enum OfferManner: Hashable, Sendable, Codable {
        /// The owner's: after a glare the usage gives it another turn.
        case own
        /// A party's on the other side of the owner, who tries again by itself; by UPDATE where that
        /// came as one, and the other side takes it.
        case passed(asUpdate: Bool)
    }

    /// What comes up from the stack.
    public enum Arrival: Sendable, Codable {
        case request(Request, ServerTransactionID, on: Flow)
        case acknowledgement(Request, on: Flow)
        case cancelled(ServerTransactionID)
        case response(Response, RequestTag, on: Flow)
        case failed(RequestTag, TransactionFailure)
        case unanswered(ServerTransactionID)
    }

    /// What the owner wants.
    public enum Order: Sendable, Codable {
        /// UAC: send the INVITE.
        case invite(MessageBody?)
        /// UAS: a provisional response.
        case progress(Status, MessageBody?)
        /// UAS: 200, with the answer (or our offer, to an INVITE without one). UAC: the answer to an
        /// offer that came in the 2xx, or in a reliable provisional response.
        case answer(MessageBody?)
        /// UAS: a final refusal.
        case reject(Status)
        /// End it by whatever the state asks for: CANCEL, BYE or a refusal with that status.
        case hangUp(Status, reason: String?)
        /// A re-INVITE or UPDATE of ours; nil asks the other side for an offer.
        case offer(MessageBody?, OfferManner = .own)
        /// Report `.turnGiven` as soon as an offer of ours may go.
        case requestTurn
        /// Nobody waits any more for the answer to our re-INVITE: CANCEL it.
        case withdrawOffer
        /// 200 to the re-INVITE, UPDATE or PRACK that was reported by `.offered`.
        case acceptOffer(MessageBody?)
        case refuseOffer(Status)
        /// Ask the other side whether it lives (OPTIONS); `.alive` or the end follows.
        case probe
        /// An INFO within the dialog; the number comes back with its outcome.
        case inform(UInt64, MessageBody?, packageName: String?)
        /// The final answer to a request that was reported by `.informed`.
        case conclude(ServerTransactionID, Request, Status)
        case referral(ReferralOrder)
    }

    public enum Event: Sendable, Codable {
        case arrival(Arrival)
        case order(Order)
        case timer(Timer)
    }

    public enum Effect: Sendable, Equatable {
        case send(Request, to: Destination, RequestTag)
        /// The ACK of a 2xx to the newest request of that tag; the stack says it again as needed.
        case acknowledge(Request, of: RequestTag, to: Destination)
        /// CANCEL the INVITE that was sent with that tag.
        case cancel(RequestTag, reason: String?)
        case respond(Response, to: ServerTransactionID)
        case register(DialogID)
        case unregister(DialogID)
        case start(Timer, after: Duration)
        /// The owner draws the delay.
        case startAtRandom(Timer, within: ClosedRange<Duration>)
        case stop(Timer)
        case report(Report)
    }

    /// What the owner learns.
    public enum Report: Sendable, Equatable {
        /// UAC: a provisional response above 100, with early media's description if any.
        case progressed(Status, MessageBody?, earlyTag: String?)
        /// UAC: 2xx. The ACK is out, unless the 2xx held an offer (we sent none).
        case answered(MessageBody?)
        /// UAC: refused, or failed, before any 2xx.
        case refused(Status)
        /// UAC: where a 3xx says the callee is.
        case redirected(Status, [NameAddress])
        /// UAS: the ACK of our 2xx came, with the answer if our 2xx held the offer.
        case confirmed(MessageBody?)
        /// UAS: the PRACK of a reliable provisional response that held our offer, with the answer.
        case earlyAnswered(MessageBody?)
        /// A re-INVITE, UPDATE or PRACK with an offer came; answer by `acceptOffer` or `refuseOffer`.
        /// nil: a re-INVITE that asks for our offer.
        case offered(MessageBody?, by: Method)
        /// The re-INVITE that was reported is not wanted any more (CANCEL); 487 is out.
        case offerWithdrawn
        /// Our offer got its 2xx; the ACK of a re-INVITE is out.
        case offerAccepted(MessageBody?)
        case offerRefused(Status)
        /// An offer of ours may go now: the owner asked for its turn, or the session must be
        /// refreshed by a re-INVITE, for which the description is offered again as it stands.
        case turnGiven(isRefresh: Bool)
        /// The probe was answered: the other side has the dialog.
        case alive
        /// The ACK of our 2xx to a re-INVITE came with an answer.
        case offerConfirmed(MessageBody?)
        case informed(ServerTransactionID, Request)
        case informConcluded(UInt64, Status)
        /// A REFER came: accept it by `.referral`, or `conclude` it with a refusal.
        case referred(ServerTransactionID, Request)
        /// Over. Nothing of this usage is left but transactions that finish alone; an INFO that is
        /// ordered later is still concluded, as refused.
        case ended(End)
    }

    /// How a usage ended.
    public enum End: Sendable, Equatable, Codable {
        /// The other side's BYE (with its Reason field, if any) or CANCEL.
        case byRemote(reason: String?)
        case cancelledByRemote
        /// Our own doing.
        case byOrder
        /// No ACK, no answer to our request, or a transport that is gone.
        case lost(String)
    }

    /// T1 and T2 of RFC 3261 §17.1.1.1, and the longest wait for an ACK, 64·T1.
    static let firstResend = Duration.milliseconds(500)
    static let longestResend = Duration.seconds(4)
    static let longestWait = Duration.seconds(32)
    /// Early dialogs a fork may leave with us; later ones are ignored until their 2xx.
    static let earlyDialogLimit = 16

    public internal(set) var state: State
    /// The dialog in force: early on a UAS from the start, on a UAC from its first tag.
    public internal(set) var dialog: Dialog?
    /// Where our requests go.
    public internal(set) var destination: Destination
    /// What we say in Contact.
    public let contact: NameAddress
    public let localTag: String
    /// The INVITE we sent (UAC) while it matters for CANCEL and ACK.
    var invite: Request
    /// UAC: an early dialog per remote tag.
    var earlyDialogs: [String: EarlyDialog] = [:]
    /// UAC: the tag whose early media the owner was told of: one fork's alone.
    var mediaTag: String?
    /// UAC: the offer came in a reliable provisional response, whose PRACK waits for our answer.
    var unanswered: Response?
    /// UAC: early dialogs that lost, for the numbering of the BYE that their 2xx may need.
    var formerDialogs: [String: Dialog] = [:]
    /// UAC: the answer in force has had its ACK.
    var isAcknowledged = false
    /// UAC: tags of answers that nobody wanted, which got their ACK and their one BYE.
    var dismissedTags: Set<String> = []
    /// UAC: the offer was in the 2xx, so the ACK waits for our answer.
    var unacknowledged: Response?
    /// UAS: reliable provisional responses.
    var reliable: ReliableProvisionals
    /// UAS: the owner has answered; the 2xx waits for a PRACK (RFC 3262 §3).
    var deferredAnswer: DeferredAnswer?
    /// A re-INVITE, UPDATE or PRACK of the other side that waits for our answer.
    var remoteOffer: (id: ServerTransactionID, request: Request)?
    /// Our 2xx to a re-INVITE, until its ACK.
    var offerAnswer: (response: Response, id: ServerTransactionID, resendAfter: Duration)?
    /// Our own re-INVITE or UPDATE with an offer that is out.
    var localOffer: LocalOffer?
    /// An OPTIONS of ours is out. Two would only overtake one another.
    var isProbing = false
    var turns: OfferTurns
    var refresh: SessionRefresh
    /// The other side's Allow names UPDATE.
    var allowsUpdate = false
    var referral: Referral?
    /// Who the other side is connected to, where that is not who it called (RFC 3325).
    var connectedIdentity: NameAddress?
    /// The other side takes a changed From for that (RFC 4916).
    var takesFromChange = false

    /// A UAC's usage: `order(.invite(…))` sends it.
    ///
    /// - Parameter timer: what session timer we propose; nil for none.
    public init(
        calling request: Request, to destination: Destination, contact: NameAddress,
        timer: SessionTimerTerms? = nil
    ) {
        state = .calling
        self.destination = destination
        self.contact = contact
        localTag = request.from.tag ?? ""
        invite = request
        reliable = ReliableProvisionals(firstNumber: 1)
        turns = OfferTurns(ownsCallID: true)
        refresh = SessionRefresh(terms: timer)
    }

    /// A UAS's usage, made from the INVITE that came.
    ///
    /// - Parameters:
    ///   - timer: what session timer we want; nil for none. See `refusal(of:timer:)`.
    ///   - responseNumber: the RSeq of the first reliable provisional response, drawn at random.
    public init(
        invited request: Request, _ id: ServerTransactionID, on flow: Flow, localTag: String,
        contact: NameAddress, timer: SessionTimerTerms? = nil, responseNumber: UInt32 = 1
    ) {
        state = .invited(id, request)
        destination = .flow(flow)
        self.contact = contact
        self.localTag = localTag
        invite = request
        dialog = Dialog(accepting: request, localTag: localTag)
        reliable = ReliableProvisionals(answering: request, firstNumber: responseNumber)
        turns = OfferTurns(ownsCallID: false)
        refresh = SessionRefresh(terms: timer)
        noteAllowed(by: request)
        takesFromChange = request.supports("from-change")
    }

    public mutating func handle(_ event: Event, now: Instant) -> [Effect] {
        let effects = dispatch(event)
        return effects + giveTurn()
    }

    private mutating func dispatch(_ event: Event) -> [Effect] {
        switch state {
        case .calling: handleCalling(event)
        case .cancelling: handleCancelling(event)
        case .invited(let id, let request): handleInvited(event, id, request)
        case .accepted(let id, let response, let interval):
            handleAccepted(event, id, response, interval)
        case .established: handleEstablished(event)
        case .ended: handleEnded(event)
        }
    }

    public var sipCallID: String { invite.callID }

    /// What must be done first for a UAS: its dialog's requests come to us from now on.
    public var registration: DialogID? { dialog?.id }

    /// Ends the usage: unregisters its dialogs and reports.
    mutating func end(_ how: End) -> [Effect] {
        state = .ended
        var effects = refuseOpenOffer()
        effects += Timer.allCases.map { .stop($0) }
        if let dialog, referral == nil { effects.append(.unregister(dialog.id)) }
        effects += forgetEarlyDialogs(but: dialog?.remoteTag)
        // An INVITE that got a provisional response waits for its final for ever: give it up (§9.1).
        if case .reinvite = localOffer { effects.append(.cancel(.reinvite, reason: nil)) }
        offerAnswer = nil
        return effects + [.report(.ended(how))]
    }

    /// After the end: whatever still comes for our dialogs gets what the RFC asks for.
    private mutating func handleEnded(_ event: Event) -> [Effect] {
        switch event {
        case .arrival(.request(let request, let id, _)) where request.method == .subscribe:
            return receiveSubscribe(request, id)
        case .arrival(.response(let response, .notify, _)):
            return notifyAnswered(response.status)
        case .arrival(.failed(.notify, _)):
            return notifyAnswered(nil)
        case .order(.referral(let order)):
            return handleReferral(order)
        case .arrival(.request(let request, let id, _)):
            // A BYE that crossed ours is answered as done; the rest has no dialog any more.
            let status: Status = request.method == .bye ? .ok : .callOrTransactionDoesNotExist
            return [.respond(Response(to: request, status: status, toTag: localTag), to: id)]
        case .arrival(.response(let response, .invite, _)) where response.status.isSuccess:
            // The 2xx that crossed our CANCEL's time-out, or a second fork's.
            return dismiss(response)
        case .arrival(.response(let response, .reinvite, _)) where response.status.isSuccess:
            // The 2xx that crossed our BYE wants its ACK all the same.
            guard let request = localOffer?.request, request.cSeq == response.cSeq,
                let acknowledgement = dialog?.acknowledgement(of: request)
            else { return [] }
            return [.acknowledge(acknowledgement, of: .reinvite, to: destination)]
        case .order(.inform(let number, _, _)):
            return [.report(.informConcluded(number, .callOrTransactionDoesNotExist))]
        case .arrival(.response), .arrival(.acknowledgement), .arrival(.cancelled),
            .arrival(.failed), .arrival(.unanswered), .order, .timer:
            return []  // Late by nature: the usage is over and its owner has been told.
        }
    }

    /// ACK and BYE for a 2xx that nobody wants (§13.2.2.4); the stack repeats the ACK.
    mutating func dismiss(_ response: Response) -> [Effect] {
        guard let fresh = Dialog(calling: invite, response: response) else { return [] }
        let tag = fresh.remoteTag
        let inForce = dialog?.remoteTag == tag ? dialog : nil
        var unwanted = earlyDialogs[tag]?.dialog ?? formerDialogs[tag] ?? inForce ?? fresh
        unwanted.confirm(by: response)
        let isOurs = unwanted.remoteTag == dialog?.remoteTag && isAcknowledged
        // A copy that was under way with it: its ACK is, too.
        guard !isOurs, !dismissedTags.contains(tag) else { return [] }
        let acknowledgement = Effect.acknowledge(
            unwanted.acknowledgement(of: invite), of: .invite, to: destination)
        guard dismissedTags.count < Self.earlyDialogLimit else { return [acknowledgement] }
        dismissedTags.insert(tag)
        return [acknowledgement, .send(unwanted.request(.bye), to: destination, .bye)]
    }
}
