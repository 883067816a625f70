import Platform

/// The UAC's early dialogs: provisional responses and their PRACKs (RFC 3262 §4), and what comes
/// and goes in these dialogs before the call is answered.
extension InviteSession {
    mutating func receiveProvisional(_ response: Response) -> [Effect] {
        guard response.status != .trying else { return [] }
        noteAllowed(by: response)
        var effects = openEarlyDialog(by: response)
        let tag = response.to.tag ?? ""
        switch earlyDialogs[tag]?.order(of: response) ?? .unreliable {
        case .outOfOrder:
            return effects
        case .unreliable:
            let body = noteDescription(response.content, of: tag, isReliable: false)
            effects.append(
                .report(.progressed(response.status, body, earlyTag: response.to.tag)))
        case .next(let number):
            changeEarlyDialog(tag) { $0.lastNumber = number }
            let isOffer = invite.body.isEmpty && response.content != nil
            let isNew = isOffer && earlyDialogs[tag]?.description == nil && unanswered == nil
            let body = noteDescription(response.content, of: tag, isReliable: true)
            if isNew {
                unanswered = response
            } else {
                effects += acknowledgeProvisional(response, with: nil)
            }
            effects.append(
                .report(.progressed(response.status, body, earlyTag: response.to.tag)))
        }
        return effects
    }

    /// A CANCEL is on its way; a reliable response wants its PRACK all the same.
    mutating func receiveUnwantedProvisional(_ response: Response) -> [Effect] {
        let tag = response.to.tag ?? ""
        guard case .next(let number) = earlyDialogs[tag]?.order(of: response) else { return [] }
        changeEarlyDialog(tag) { $0.lastNumber = number }
        return acknowledgeProvisional(response, with: nil)
    }

    private mutating func openEarlyDialog(by response: Response) -> [Effect] {
        guard let tag = response.to.tag, earlyDialogs[tag] == nil,
            earlyDialogs.count < Self.earlyDialogLimit,
            let early = Dialog(calling: invite, response: response)
        else { return [] }
        earlyDialogs[tag] = EarlyDialog(early)
        if dialog == nil { dialog = early }
        return [.register(early.id)]
    }

    /// Keeps the description that a fork gave, and returns it where the owner shall learn of it: that
    /// of one fork alone, and after a reliable one no other (RFC 3261 §13.2.1).
    private mutating func noteDescription(
        _ body: MessageBody?, of tag: String, isReliable: Bool
    ) -> MessageBody? {
        // Our INVITE without an offer: an unreliable response may not hold one (RFC 3262 §5).
        guard let body, isReliable || !invite.body.isEmpty else { return nil }
        if let early = earlyDialogs[tag] {
            guard !early.isSettled else { return nil }
            let isAnswer = !invite.body.isEmpty
            changeEarlyDialog(tag) {
                $0.description = body
                $0.isSettled = isReliable && isAnswer
            }
        }
        if mediaTag == nil {
            mediaTag = tag
            // The fork that is heard is the one that offers are about.
            if let early = earlyDialogs[tag] { dialog = early.dialog }
        }
        return mediaTag == tag ? body : nil
    }

    /// The PRACK, with our answer where the response held the offer.
    private mutating func acknowledgeProvisional(
        _ response: Response, with body: MessageBody?
    ) -> [Effect] {
        guard let tag = response.to.tag, let number = response.reliableNumber,
            let prack = changeEarlyDialog(tag, { $0.dialog.request(.prack) })
        else { return [] }
        var acknowledgement = prack
        acknowledgement.fields.set(RAck(responseNumber: number, cSeq: response.cSeq))
        acknowledgement.content = body
        return [.send(acknowledgement, to: destination, .prack)]
    }

    /// The owner's answer to an offer that came in a reliable provisional response.
    mutating func answerEarly(with body: MessageBody?) -> [Effect] {
        guard let response = unanswered, let tag = response.to.tag else { return [] }
        unanswered = nil
        changeEarlyDialog(tag) { $0.isSettled = body != nil }
        return acknowledgeProvisional(response, with: body)
    }

    /// Changes an early dialog, and the dialog in force where it is the same.
    @discardableResult
    mutating func changeEarlyDialog<Result>(
        _ tag: String, _ change: (inout EarlyDialog) -> Result
    ) -> Result? {
        guard var early = earlyDialogs[tag] else { return nil }
        let result = change(&early)
        earlyDialogs[tag] = early
        if dialog?.remoteTag == tag { dialog = early.dialog }
        return result
    }

    /// Another fork answered than the one that was heard: offers in that dialog are over.
    mutating func abandonEarlyOffers() -> [Effect] {
        let effects = refuseOpenOffer()
        guard localOffer != nil else { return effects }
        localOffer = nil
        return effects + [.report(.offerRefused(.requestTerminated))]
    }

    /// Unregisters what is not the dialog in force.
    mutating func forgetEarlyDialogs(but kept: String?) -> [Effect] {
        let lost = earlyDialogs.sorted { $0.key < $1.key }.filter { $0.key != kept }
        earlyDialogs = [:]
        for (tag, early) in lost where formerDialogs.count < Self.earlyDialogLimit {
            formerDialogs[tag] = early.dialog
        }
        return lost.map { .unregister($0.value.dialog.id) }
    }

    /// A request inside an early dialog of ours.
    mutating func receiveEarly(_ request: Request, _ id: ServerTransactionID) -> [Effect] {
        let tag = request.from.tag ?? ""
        let isInOrder = changeEarlyDialog(tag) { $0.dialog.accepts(request) }
        guard isInOrder != false else {
            return [.respond(response(.serverInternalError, to: request, nil), to: id)]
        }
        switch request.method {
        case .bye:
            // A callee's BYE in an early dialog (§15) ends that dialog only: its final follows.
            return [.respond(response(.ok, to: request, nil), to: id)]
        case .info:
            return [.report(.informed(id, request))]
        case .update:
            return receiveEarlyUpdate(request, id, tag)
        case .options:
            return [.respond(response(.ok, to: request, nil), to: id)]
        case .invite:
            // A re-INVITE while our own INVITE is open collides with it (§14.2).
            return [.respond(response(.requestPending, to: request, nil), to: id)]
        case .prack:
            return [
                .respond(response(.callOrTransactionDoesNotExist, to: request, nil), to: id)
            ]
        default:
            return [.respond(response(.methodNotAllowed, to: request, nil), to: id)]
        }
    }

    private mutating func receiveEarlyUpdate(
        _ request: Request, _ id: ServerTransactionID, _ tag: String
    ) -> [Effect] {
        guard let early = earlyDialogs[tag], early.isSettled || request.content == nil else {
            // Our INVITE's offer has no answer yet (RFC 3311 §5.2).
            return [.respond(response(.requestPending, to: request, nil), to: id)]
        }
        changeEarlyDialog(tag) { $0.dialog.refreshTarget(from: request) }
        guard tag == mediaTag || request.content == nil else {
            // Nobody hears that fork; it may ask again when it has answered.
            return [.respond(notNow(request, seconds: 5), to: id)]
        }
        return receiveUpdate(request, id)
    }

    /// An UPDATE of ours before the answer, where the descriptions are settled (RFC 3311 §5.1).
    mutating func sendEarlyOffer(_ body: MessageBody?, _ manner: OfferManner) -> [Effect] {
        guard let tag = mediaTag, earlyDialogs[tag]?.isSettled ?? false, body != nil,
            allowsUpdate, isFreeForOffer, unacknowledged == nil,
            let request = changeEarlyDialog(tag, { $0.dialog.request(.update) })
        else { return [.report(.offerRefused(.requestPending))] }
        return sendUpdate(request, body, manner)
    }

    mutating func receiveEarlyFailure(
        _ tag: RequestTag, _ failure: TransactionFailure
    ) -> [Effect] {
        switch tag {
        case .info(let number):
            return [.report(.informConcluded(number, failure.status))]
        case .update, .reinvite:
            guard localOffer != nil else { return [] }
            localOffer = nil
            return [.report(.offerRefused(failure.status))]
        case .invite, .bye, .prack, .refresh, .probe, .notify:
            return []  // The INVITE's own outcome tells whether anybody is there.
        }
    }
}
