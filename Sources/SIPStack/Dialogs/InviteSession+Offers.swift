import Platform

/// Offers in the dialog, both ways: re-INVITE (RFC 3261 §14) and UPDATE (RFC 3311).
extension InviteSession {
    // MARK: Theirs

    mutating func receiveOffer(_ request: Request, _ id: ServerTransactionID) -> [Effect] {
        if let refusal = SessionRefresh.refusal(of: request, refresh.terms) {
            return [.respond(refusal, to: id)]
        }
        if case .accepted = state {
            // The ACK of our 2xx is still on its way: ask for another try soon (§14.2).
            return [.respond(notNow(request, seconds: 1), to: id)]
        }
        if localOffer != nil {
            return [.respond(response(.requestPending, to: request, nil), to: id)]
        }
        if remoteOffer != nil || offerAnswer != nil {
            return [.respond(notNow(request, seconds: 1), to: id)]
        }
        noteAllowed(by: request)
        dialog?.refreshTarget(from: request)
        remoteOffer = (id, request)
        return [.report(.offered(request.content, by: .invite))]
    }

    /// An UPDATE: without an offer it is answered here, with one the owner answers (RFC 3311 §5.2).
    mutating func receiveUpdate(_ request: Request, _ id: ServerTransactionID) -> [Effect] {
        if let refusal = SessionRefresh.refusal(of: request, refresh.terms) {
            return [.respond(refusal, to: id)]
        }
        guard request.content != nil else {
            noteAllowed(by: request)
            refreshTarget(from: request)
            var answer = response(.ok, to: request, nil)
            return agree(to: request, in: &answer) { [.respond($0, to: id)] }
        }
        // Our 2xx to an INVITE without an offer holds ours, and the ACK its answer.
        let isOursOpen: Bool
        switch state {
        case .accepted: isOursOpen = !reliable.hasRemoteOffer && reliable.stage == .none
        case .calling, .cancelling, .invited, .established, .ended: isOursOpen = false
        }
        if localOffer != nil || isOursOpen || unacknowledged != nil {
            return [.respond(response(.requestPending, to: request, nil), to: id)]
        }
        if remoteOffer != nil || offerAnswer != nil {
            return [.respond(notNow(request, seconds: 1), to: id)]
        }
        noteAllowed(by: request)
        refreshTarget(from: request)
        remoteOffer = (id, request)
        return [.report(.offered(request.content, by: .update))]
    }

    private mutating func refreshTarget(from request: Request) {
        if changeEarlyDialog(request.from.tag ?? "", { $0.dialog.refreshTarget(from: request) })
            == nil
        {
            dialog?.refreshTarget(from: request)
        }
    }

    /// Agrees on the session timer in a 2xx of ours, where the dialog is confirmed.
    private mutating func agree(
        to request: Request, in answer: inout Response, _ send: (Response) -> [Effect]
    ) -> [Effect] {
        switch state {
        case .accepted, .established:
            refresh.agree(to: request, in: &answer)
            return send(answer) + refresh.timers
        case .calling, .cancelling, .invited, .ended:
            return send(answer)  // No session yet that could expire.
        }
    }

    mutating func acceptRemoteOffer(_ body: MessageBody?) -> [Effect] {
        guard let (id, request) = remoteOffer else { return [] }
        remoteOffer = nil
        var answer = response(.ok, to: request, body)
        guard request.method != .prack else { return [.respond(answer, to: id)] }
        guard request.method == .invite else {
            return agree(to: request, in: &answer) { [.respond($0, to: id)] }
        }
        refresh.agree(to: request, in: &answer)
        offerAnswer = (answer, id, Self.firstResend)
        return [
            .respond(answer, to: id), .start(.resendAnswer, after: Self.firstResend),
            .start(.acknowledgement, after: Self.longestWait),
        ] + refresh.timers
    }

    mutating func refuseRemoteOffer(_ status: Status) -> [Effect] {
        guard let (id, request) = remoteOffer else { return [] }
        remoteOffer = nil
        return [.respond(response(status, to: request, nil), to: id)]
    }

    mutating func resendOfferAnswer() -> [Effect] {
        guard let (answer, id, interval) = offerAnswer else { return [] }
        let next = min(interval * 2, Self.longestResend)
        offerAnswer = (answer, id, next)
        return [.respond(answer, to: id), .start(.resendAnswer, after: next)]
    }

    mutating func receiveOfferAcknowledgement(
        _ acknowledgement: Request, on flow: Flow
    ) -> [Effect] {
        guard let (answer, _, _) = offerAnswer, answer.cSeq.number == acknowledgement.cSeq.number
        else { return [] }  // A repeated ACK of the first 2xx.
        offerAnswer = nil
        destination = .flow(flow)
        return [
            .stop(.resendAnswer), .stop(.acknowledgement),
            .report(.offerConfirmed(acknowledgement.content)),
        ]
    }

    mutating func withdrawRemoteOffer(_ id: ServerTransactionID) -> [Effect] {
        guard let open = remoteOffer, open.id == id else { return [] }
        remoteOffer = nil
        return [
            .respond(response(.requestTerminated, to: open.request, nil), to: id),
            .report(.offerWithdrawn),
        ]
    }

    /// An offer that we have not answered when the dialog ends.
    mutating func refuseOpenOffer() -> [Effect] { refuseRemoteOffer(.requestTerminated) }

    // MARK: Ours

    mutating func sendOffer(_ body: MessageBody?, _ manner: OfferManner) -> [Effect] {
        guard isFreeForOffer, !turns.isBackingOff || manner != .own else {
            // Glare on our own side (§14.1): to the owner it looks as if the far end said so.
            if manner == .own { turns.isWanted = true }
            return [.report(.offerRefused(.requestPending))]
        }
        if manner == .passed(asUpdate: true), body != nil, allowsUpdate,
            let update = dialog?.request(.update)
        {
            return sendUpdate(update, body, manner)
        }
        guard var offer = dialog?.request(.invite) else { return [] }
        dress(&offer, body)
        localOffer = .reinvite(offer, manner)
        return [.send(offer, to: destination, .reinvite)]
    }

    mutating func sendUpdate(
        _ request: Request, _ body: MessageBody?, _ manner: OfferManner
    ) -> [Effect] {
        var update = request
        dress(&update, body)
        localOffer = .update(update, manner)
        return [.send(update, to: destination, .update)]
    }

    /// What a target refresh request of ours says beside its offer.
    func dress(_ request: inout Request, _ body: MessageBody?) {
        request.fields.append(Contact.address(contact))
        request.fields.append(name: .allow, raw: Self.allowedMethods)
        request.fields.append(name: .supported, raw: refresh.supported)
        if let connectedIdentity { request.fields.append(PAssertedIdentity(connectedIdentity)) }
        if case .established = state { refresh.propose(in: &request) }
        request.content = body
    }

    mutating func receiveOfferResponse(_ response: Response, _ tag: RequestTag) -> [Effect] {
        guard response.status.isFinal else { return [] }
        // A copy of an earlier offer's answer answers nothing that is open now.
        guard let offer = localOffer, offer.request.cSeq == response.cSeq else { return [] }
        guard response.status.isSuccess else {
            return takeRefusal(response, of: offer)
        }
        localOffer = nil
        noteAllowed(by: response)
        if changeEarlyDialog(response.to.tag ?? "", { $0.dialog.refreshTarget(from: response) })
            == nil
        {
            dialog?.refreshTarget(from: response)
        }
        var effects: [Effect] = []
        if case .established = state {
            refresh.agree(by: response)
            effects += refresh.timers
        }
        if case .reinvite(let request, _) = offer,
            let acknowledgement = dialog?.acknowledgement(of: request)
        {
            effects.append(.acknowledge(acknowledgement, of: .reinvite, to: destination))
        }
        return effects + [.report(.offerAccepted(response.content))]
    }

    private mutating func takeRefusal(_ response: Response, of offer: LocalOffer) -> [Effect] {
        let body = offer.request.content
        localOffer = nil
        if response.status.meansLostDialog {
            guard case .established = state else {
                return [.report(.offerRefused(response.status))]
            }
            return giveUp("\(response.status.code) to \(offer.request.method)")
        }
        guard case .established = state else {
            return [.report(.offerRefused(response.status))]
        }
        if case .update = offer, response.status.refusesUpdate {
            // What can't be said by UPDATE may be said by re-INVITE (RFC 3311 §5.2: 504).
            if response.status != .serverTimeout { allowsUpdate = false }
            guard var reinvite = dialog?.request(.invite) else { return [] }
            dress(&reinvite, body)
            localOffer = .reinvite(reinvite, offer.manner)
            return [.send(reinvite, to: destination, .reinvite)]
        }
        if refresh.raise(by: response) { return sendOffer(body, offer.manner) }
        let pause = offer.manner == .own ? awaitAnotherTurn(after: response) : []
        return pause + [.report(.offerRefused(response.status))]
    }
}

extension Status {
    /// An UPDATE can't be taken there: not at all, or not in the time that it has.
    var refusesUpdate: Bool {
        self == .methodNotAllowed || self == .notImplemented || self == .serverTimeout
    }
}
