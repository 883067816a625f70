import Platform

/// A REFER in the dialog, and the subscription that it makes (RFC 3515, RFC 4488).
///
/// The subscription shares the dialog with the INVITE usage and outlives it (RFC 5057 §4.1): a phone
/// that hangs up after its REFER is told all the same how it went.
///
///     REFER ──202──▶ subscribed ──NOTIFY 100, 180 …──▶ final NOTIFY answered, refused, lost ──▶ none
extension InviteSession {
    /// What the owner says about a REFER that was reported by `.referred`, and of what came of one.
    public enum ReferralOrder: Sendable, Codable {
        /// 202, and the first NOTIFY.
        case accept(ServerTransactionID, Request)
        /// How the referred call goes; a final status ends the subscription.
        case tell(Status)
        /// The other side talks with somebody else from now on: in P-Asserted-Identity, and in From
        /// where it takes that (RFC 4916 §4.4).
        case introduce(NameAddress)
    }

    /// The subscription of a REFER that was accepted.
    struct Referral: Sendable, Equatable {
        /// The REFER's CSeq: names the subscription where there was one before (RFC 3515 §2.4.6).
        let number: UInt32
        /// The last news, for who asks again.
        var status = Status.trying
        /// A NOTIFY is out: one at a time, so that none overtakes another.
        var isTelling = false
        /// News that wait for that NOTIFY's response; older ones are not worth telling any more.
        var hasNews = false
        /// We want to hang up, and do so when the last news has arrived: phones drop what comes after a
        /// BYE. Its Reason.
        var farewell: String??
    }

    /// How long a subscription may last; what rings longer is told as it ends, all the same.
    static let referralSeconds: UInt32 = 300

    /// True while a transferor waits for news: the dialog lives on for it.
    public var isReferring: Bool { referral != nil }

    /// True where only the last news holds the BYE back.
    public var isLeaving: Bool { referral?.farewell != nil && state != .ended }

    /// Time for the NOTIFY to be sent three times; whoever answers none of them is not waited for.
    static let farewellPatience = Duration.seconds(2)

    /// Keeps a hang-up until the last news has arrived; nil where none is on its way.
    mutating func hangUpLater(reason: String?) -> [Effect]? {
        guard let open = referral, open.status.isFinal, open.isTelling || open.hasNews else {
            return nil
        }
        referral?.farewell = .some(reason)
        return [.start(.farewell, after: Self.farewellPatience)]
    }

    /// The last news has not arrived in time: the BYE goes before it, which the subscription outlives.
    mutating func sayFarewell() -> [Effect] {
        guard let farewell = referral?.farewell else { return [] }
        referral?.farewell = nil
        return refuseOpenOffer() + sendBye(reason: farewell) + end(.byOrder)
    }

    mutating func handleReferral(_ order: ReferralOrder) -> [Effect] {
        switch order {
        case .accept(let id, let request):
            return accept(request, id)
        case .tell(let status):
            guard referral != nil else { return [] }
            referral?.status = status
            referral?.hasNews = true
            return tellNews()
        case .introduce(let identity):
            introduce(identity)
            return []
        }
    }

    private mutating func introduce(_ identity: NameAddress) {
        connectedIdentity = identity
        guard takesFromChange, var changed = dialog?.local else { return }
        changed.uri = identity.uri
        changed.displayName = identity.displayName
        dialog?.local = changed
    }

    private mutating func accept(_ request: Request, _ id: ServerTransactionID) -> [Effect] {
        var answer = response(.accepted, to: request, nil)
        answer.fields.append(Contact.address(contact))
        if request.one(ReferSub.self)?.isWanted == false {
            answer.fields.append(ReferSub(false))
            return [.respond(answer, to: id)]
        }
        guard referral == nil else { return [.respond(answer, to: id)] }
        referral = Referral(number: request.cSeq.number, hasNews: true)
        return [.respond(answer, to: id)] + tellNews()
    }

    private mutating func tellNews() -> [Effect] {
        guard var current = dialog, var open = referral, open.hasNews, !open.isTelling else {
            return []
        }
        open.isTelling = true
        open.hasNews = false
        referral = open
        var notify = current.request(.notify)
        dialog = current
        notify.fields.append(Contact.address(contact))
        notify.fields[.event] = "refer;id=\(open.number)"
        notify.fields[.subscriptionState] =
            open.status.isFinal
            ? "terminated;reason=noresource" : "active;expires=\(Self.referralSeconds)"
        let line = "SIP/2.0 \(open.status.code) \(open.status.reasonPhrase)\r\n"
        notify.content = MessageBody(
            contentType: "message/sipfrag;version=2.0", bytes: Array(line.utf8))
        return [.send(notify, to: destination, .notify)]
    }

    /// The response to a NOTIFY of ours; nil where none came.
    mutating func notifyAnswered(_ status: Status?) -> [Effect] {
        guard var open = referral, status?.isFinal ?? true else { return [] }
        open.isTelling = false
        referral = open
        guard status?.isSuccess ?? false else { return endReferral() }
        if open.hasNews { return tellNews() }
        return open.status.isFinal ? endReferral() : []
    }

    private mutating func endReferral() -> [Effect] {
        let farewell = referral?.farewell
        referral = nil
        if state == .ended { return dialog.map { [.unregister($0.id)] } ?? [] }
        guard let farewell else { return [] }
        return [.stop(.farewell)] + refuseOpenOffer() + sendBye(reason: farewell) + end(.byOrder)
    }

    /// SUBSCRIBE of a transferor: refreshes, or ends it (RFC 3515 §2.4.4).
    mutating func receiveSubscribe(_ request: Request, _ id: ServerTransactionID) -> [Effect] {
        guard referral != nil else {
            let status: Status =
                request.fields[.event]?.lowercased().hasPrefix("refer") ?? false
                ? .callOrTransactionDoesNotExist : .badEvent
            return [.respond(response(status, to: request, nil), to: id)]
        }
        var answer = response(.ok, to: request, nil)
        answer.fields.append(Contact.address(contact))
        let seconds = min(request.expires ?? Self.referralSeconds, Self.referralSeconds)
        answer.fields[.expires] = String(seconds)
        guard seconds == 0 else {
            referral?.hasNews = true
            return [.respond(answer, to: id)] + tellNews()
        }
        return [.respond(answer, to: id)] + endReferral()
    }
}
