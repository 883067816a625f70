import Platform

/// The confirmed dialog: re-INVITEs both ways, INFO, BYE (RFC 3261 §14, §15, RFC 6086).
extension InviteSession {
    mutating func handleEstablished(_ event: Event) -> [Effect] {
        switch event {
        case .arrival(.request(let request, let id, let flow)):
            return receiveInDialog(request, id, on: flow)
        case .arrival(.acknowledgement(let acknowledgement, let flow)):
            return receiveOfferAcknowledgement(acknowledgement, on: flow)
        case .arrival(.cancelled(let id)):
            return withdrawRemoteOffer(id)
        case .arrival(.response(let response, let tag, let flow)):
            // One that comes by another stream says that ours is gone (RFC 3261 §18.2.2).
            if flow.transport.isReliable { destination = .flow(flow) }
            return receiveResponse(response, tag)
        case .arrival(.failed(let tag, let failure)):
            return receiveFailure(tag, failure)
        case .arrival(.unanswered(let id)):
            if remoteOffer?.id == id { remoteOffer = nil }
            return []
        case .order(.hangUp(_, let reason)):
            if hangsUpLater(reason: reason) { return [] }
            return refuseOpenOffer() + sendBye(reason: reason) + end(.byOrder)
        case .order(.offer(let body)):
            return sendOffer(body)
        case .order(.acceptOffer(let body)):
            return acceptRemoteOffer(body)
        case .order(.refuseOffer(let status)):
            guard let (id, request) = remoteOffer else { return [] }
            remoteOffer = nil
            return [.respond(response(status, to: request, nil), to: id)]
        case .order(.withdrawOffer):
            return hasLocalOffer ? [.cancel(.reinvite, reason: nil)] : []
        case .order(.inform(let number, let body, let packageName)):
            return sendInform(number, body, packageName)
        case .order(.conclude(let id, let request, let status)):
            return [.respond(response(status, to: request, nil), to: id)]
        case .order(.referral(let order)):
            return handleReferral(order)
        case .order(.invite), .order(.progress), .order(.answer), .order(.reject):
            return []  // Orders for a usage that isn't confirmed yet.
        case .timer(.resendAnswer):
            return resendOfferAnswer()
        case .timer(.acknowledgement):
            // §14.2 leaves the session as it was; a party that never sends ACK is gone.
            return sendBye(reason: nil) + end(.lost("no ACK to the answer of a re-INVITE"))
        case .timer(.cancellation):
            return []  // The INVITE was answered; that timer is moot.
        }
    }

    /// A request in our confirmed (or accepted) dialog.
    mutating func receiveInDialog(
        _ request: Request, _ id: ServerTransactionID, on flow: Flow
    ) -> [Effect] {
        guard dialog?.accepts(request) ?? false else {
            return [.respond(response(.serverInternalError, to: request, nil), to: id)]
        }
        destination = .flow(flow)
        if request.method == .bye {
            return [.respond(response(.ok, to: request, nil), to: id)]
                + refuseOpenOffer() + end(.byRemote(reason: request.fields[.reason]))
        }
        if request.method == .invite { return receiveOffer(request, id) }
        if request.method == .info { return [.report(.informed(id, request))] }
        if request.method == .refer { return [.report(.referred(id, request))] }
        if request.method == .subscribe { return receiveSubscribe(request, id) }
        if request.method == .options {
            var answer = response(.ok, to: request, nil)
            answer.fields.append(name: .allow, raw: Self.allowedMethods)
            return [.respond(answer, to: id)]
        }
        var refusal = response(.methodNotAllowed, to: request, nil)
        refusal.fields.append(name: .allow, raw: Self.allowedMethods)
        return [.respond(refusal, to: id)]
    }

    private mutating func receiveOffer(_ request: Request, _ id: ServerTransactionID) -> [Effect] {
        if case .accepted = state {
            // The ACK of our 2xx is still on its way: ask for another try soon (§14.2).
            var refusal = response(.serverInternalError, to: request, nil)
            refusal.fields[.retryAfter] = "1"
            return [.respond(refusal, to: id)]
        }
        if hasLocalOffer {
            return [.respond(response(.requestPending, to: request, nil), to: id)]
        }
        if remoteOffer != nil || offerAnswer != nil {
            var refusal = response(.serverInternalError, to: request, nil)
            refusal.fields[.retryAfter] = "1"
            return [.respond(refusal, to: id)]
        }
        dialog?.refreshTarget(from: request)
        remoteOffer = (id, request)
        return [.report(.offered(request.content))]
    }

    private mutating func acceptRemoteOffer(_ body: MessageBody?) -> [Effect] {
        guard let (id, request) = remoteOffer else { return [] }
        remoteOffer = nil
        let answer = response(.ok, to: request, body)
        offerAnswer = (answer, id, Self.firstResend)
        return [
            .respond(answer, to: id), .start(.resendAnswer, after: Self.firstResend),
            .start(.acknowledgement, after: Self.longestWait),
        ]
    }

    private mutating func resendOfferAnswer() -> [Effect] {
        guard let (answer, id, interval) = offerAnswer else { return [] }
        let next = min(interval * 2, Self.longestResend)
        offerAnswer = (answer, id, next)
        return [.respond(answer, to: id), .start(.resendAnswer, after: next)]
    }

    private mutating func receiveOfferAcknowledgement(
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

    private mutating func withdrawRemoteOffer(_ id: ServerTransactionID) -> [Effect] {
        guard let open = remoteOffer, open.id == id else { return [] }
        remoteOffer = nil
        return [
            .respond(response(.requestTerminated, to: open.request, nil), to: id),
            .report(.offerWithdrawn),
        ]
    }

    /// A re-INVITE that we have not answered when the dialog ends.
    mutating func refuseOpenOffer() -> [Effect] {
        guard let (id, request) = remoteOffer else { return [] }
        remoteOffer = nil
        return [.respond(response(.requestTerminated, to: request, nil), to: id)]
    }

    private mutating func sendOffer(_ body: MessageBody?) -> [Effect] {
        guard remoteOffer == nil, offerAnswer == nil, !hasLocalOffer, var current = dialog else {
            // Glare on our own side (§14.1): to the owner it looks as if the far end said so.
            return [.report(.offerRefused(.requestPending))]
        }
        var offer = current.request(.invite)
        offer.fields.append(Contact.address(contact))
        offer.fields.append(name: .allow, raw: Self.allowedMethods)
        if let connectedIdentity { offer.fields.append(PAssertedIdentity(connectedIdentity)) }
        offer.content = body
        dialog = current
        hasLocalOffer = true
        invite = offer
        return [.send(offer, to: destination, .reinvite)]
    }

    mutating func sendInform(
        _ number: UInt64, _ body: MessageBody?, _ packageName: String?
    ) -> [Effect] {
        guard var current = dialog else { return [] }
        var inform = current.request(.info)
        if let packageName { inform.fields[.infoPackage] = packageName }
        inform.content = body
        dialog = current
        return [.send(inform, to: destination, .info(number))]
    }

    private mutating func receiveResponse(_ response: Response, _ tag: RequestTag) -> [Effect] {
        switch tag {
        case .invite:
            guard response.status.isSuccess else { return [] }
            if response.to.tag == dialog?.remoteTag { return acknowledgeAgain(response) }
            return dismiss(response)  // Another fork's answer (§13.2.2.4).
        case .reinvite:
            return receiveOfferResponse(response)
        case .info(let number):
            guard response.status.isFinal else { return [] }
            return [.report(.informConcluded(number, response.status))]
        case .notify:
            return notifyAnswered(response.status)
        case .bye:
            return []  // A BYE of ours ends the usage when it is sent, not when it is answered.
        }
    }

    private mutating func receiveOfferResponse(_ response: Response) -> [Effect] {
        guard response.status.isFinal else { return [] }
        guard response.cSeq.number == invite.cSeq.number else {
            // A 2xx to an earlier offer comes again: it answers nothing that is open now.
            return response.status.isSuccess ? acknowledgeAgain(response) : []
        }
        guard response.status.isSuccess else {
            guard hasLocalOffer else { return [] }
            hasLocalOffer = false
            if response.status == .callOrTransactionDoesNotExist
                || response.status == .requestTimeout
            {
                // §12.2.1.2: the far end has lost the dialog.
                return sendBye(reason: nil) + end(.lost("\(response.status.code) to a re-INVITE"))
            }
            return [.report(.offerRefused(response.status))]
        }
        guard hasLocalOffer, var current = dialog else { return acknowledgeAgain(response) }
        hasLocalOffer = false
        current.refreshTarget(from: response)
        dialog = current
        return [
            acknowledge(current.acknowledgement(of: invite)),
            .report(.offerAccepted(response.content)),
        ]
    }

    private mutating func receiveFailure(
        _ tag: RequestTag, _ failure: TransactionFailure
    ) -> [Effect] {
        switch tag {
        case .reinvite:
            hasLocalOffer = false
            return sendBye(reason: nil) + end(.lost(failure.description))
        case .info(let number):
            return [.report(.informConcluded(number, failure.status))]
        case .notify:
            return notifyAnswered(nil)
        case .invite, .bye:
            return []  // Answered already, or ending already.
        }
    }

    mutating func sendBye(reason: String?) -> [Effect] {
        guard var current = dialog else { return [] }
        var bye = current.request(.bye)
        if let reason { bye.fields[.reason] = reason }
        dialog = current
        return [.send(bye, to: destination, .bye)]
    }
}
