import Platform

/// The UAS's half: the INVITE came to us (RFC 3261 §13.3).
extension InviteSession {
    mutating func handleInvited(
        _ event: Event, _ id: ServerTransactionID, _ request: Request
    ) -> [Effect] {
        switch event {
        case .order(.progress(let status, let body)):
            return [.respond(response(status, to: request, body), to: id)]
        case .order(.answer(let body)):
            return accept(request, id, with: body)
        case .order(.reject(let status)), .order(.hangUp(let status, _)):
            return [.respond(response(status, to: request, nil), to: id)] + end(.byOrder)
        case .arrival(.cancelled):
            return [.respond(response(.requestTerminated, to: request, nil), to: id)]
                + end(.cancelledByRemote)
        case .arrival(.request(let other, let otherID, _)):
            return receiveWhileInvited(other, otherID, id, request)
        case .arrival(.unanswered(let failedID)):
            return failedID == id ? end(.lost("no way back to the caller")) : []
        case .arrival(.acknowledgement), .arrival(.response), .arrival(.failed):
            return []  // Nothing of that kind is open in this state.
        case .order(.invite), .order(.offer), .order(.acceptOffer), .order(.refuseOffer),
            .order(.withdrawOffer), .order(.inform), .order(.conclude), .order(.referral):
            return []  // Orders for a UAC or for a confirmed dialog.
        case .timer:
            return []  // No timer runs before our final response.
        }
    }

    private mutating func receiveWhileInvited(
        _ other: Request, _ otherID: ServerTransactionID, _ id: ServerTransactionID,
        _ request: Request
    ) -> [Effect] {
        guard dialog?.accepts(other) ?? false else {
            return [.respond(response(.serverInternalError, to: other, nil), to: otherID)]
        }
        if other.method == .bye {
            // A caller's BYE in the early dialog: allowed, if rare (§15.1.2).
            return [
                .respond(response(.ok, to: other, nil), to: otherID),
                .respond(response(.requestTerminated, to: request, nil), to: id),
            ] + end(.cancelledByRemote)
        }
        if other.method == .info { return [.report(.informed(otherID, other))] }
        let isOffer = other.method == .invite || other.method == .update
        // §14.2: a second INVITE before our final response to the first.
        let status: Status = isOffer ? .serverInternalError : .methodNotAllowed
        var refusal = response(status, to: other, nil)
        if isOffer { refusal.fields[.retryAfter] = "5" }
        return [.respond(refusal, to: otherID)]
    }

    private mutating func accept(
        _ request: Request, _ id: ServerTransactionID, with body: MessageBody?
    ) -> [Effect] {
        let answer = response(.ok, to: request, body)
        state = .accepted(id, answer, resendAfter: Self.firstResend)
        return [
            .respond(answer, to: id), .start(.resendAnswer, after: Self.firstResend),
            .start(.acknowledgement, after: Self.longestWait),
        ]
    }

    mutating func handleAccepted(
        _ event: Event, _ id: ServerTransactionID, _ answer: Response, _ interval: Duration
    ) -> [Effect] {
        switch event {
        case .arrival(.acknowledgement(let acknowledgement, let flow)):
            state = .established
            destination = .flow(flow)
            return [
                .stop(.resendAnswer), .stop(.acknowledgement),
                .report(.confirmed(acknowledgement.content)),
            ]
        case .timer(.resendAnswer):
            let next = min(interval * 2, Self.longestResend)
            state = .accepted(id, answer, resendAfter: next)
            return [.respond(answer, to: id), .start(.resendAnswer, after: next)]
        case .timer(.acknowledgement):
            return sendBye(reason: nil) + end(.lost("no ACK"))
        case .order(.hangUp(_, let reason)):
            // §15: before the ACK the UAS must not send BYE; phones take it well, and a caller
            // that never sends ACK would otherwise be kept for 32 s.
            return sendBye(reason: reason) + end(.byOrder)
        case .arrival(.request(let request, let requestID, let flow)):
            return receiveInDialog(request, requestID, on: flow)
        case .arrival(.response(let response, .notify, _)):
            return notifyAnswered(response.status)
        case .arrival(.failed(.notify, _)):
            return notifyAnswered(nil)
        case .order(.referral(let order)):
            return handleReferral(order)
        case .arrival(.unanswered), .arrival(.cancelled), .arrival(.response), .arrival(.failed):
            return []  // The 2xx is resent by us; a CANCEL after it has no effect (§9.2).
        case .order(.offer):
            // §13.3.1.4: no re-INVITE before the ACK. To the owner it looks like glare.
            return [.report(.offerRefused(.requestPending))]
        case .order(.inform(let number, let body, let packageName)):
            return sendInform(number, body, packageName)
        case .order(.invite), .order(.progress), .order(.answer), .order(.reject),
            .order(.acceptOffer), .order(.refuseOffer), .order(.withdrawOffer):
            return []  // Out of turn until the ACK has come.
        case .order(.conclude(let requestID, let request, let status)):
            return [.respond(response(status, to: request, nil), to: requestID)]
        case .timer(.cancellation):
            return []  // A UAC's timer.
        }
    }

    /// A response of ours within this usage: our tag, our Contact where the RFC asks for it.
    func response(_ status: Status, to request: Request, _ body: MessageBody?) -> Response {
        var response = Response(to: request, status: status, toTag: localTag)
        let carriesContact = request.method == .invite && status.code < 300 && status != .trying
        if carriesContact {
            response.fields.append(Contact.address(contact))
            response.fields.append(name: .allow, raw: Self.allowedMethods)
        }
        response.content = body
        return response
    }

    /// What a phone may send us inside a dialog.
    public static let allowedMethods =
        "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE, REFER, SUBSCRIBE"
}
