import Platform

/// The UAS's half: the INVITE came to us (RFC 3261 §13.3).
extension InviteSession {
    mutating func handleInvited(
        _ event: Event, _ id: ServerTransactionID, _ request: Request
    ) -> [Effect] {
        switch event {
        case .order(.progress(let status, let body)):
            return progress(status, body, to: request, id)
        case .order(.answer(let body)):
            return answer(with: body, to: request, id)
        case .order(.reject(let status)), .order(.hangUp(let status, _)):
            return refuse(request, id, status) + end(.byOrder)
        case .arrival(.cancelled(let cancelled)):
            guard cancelled == id else { return [] }
            return refuse(request, id, .requestTerminated) + end(.cancelledByRemote)
        case .arrival(.request(let other, let otherID, _)):
            return receiveWhileInvited(other, otherID, id, request)
        case .arrival(.response(let response, let tag, _)):
            return receiveResponse(response, tag) + resumeInvited()
        case .arrival(.failed(let tag, let failure)):
            return receiveEarlyFailure(tag, failure) + resumeInvited()
        case .arrival(.unanswered(let failedID)):
            if remoteOffer?.id == failedID { remoteOffer = nil }
            return failedID == id ? end(.lost("no way back to the caller")) : resumeInvited()
        case .order(.offer(let body, let manner)):
            return sendEarlyOfferAsCallee(body, manner)
        case .order(.acceptOffer(let body)):
            return acceptRemoteOffer(body) + resumeInvited()
        case .order(.refuseOffer(let status)):
            return refuseRemoteOffer(status) + resumeInvited()
        case .order(.requestTurn):
            turns.isWanted = true
            return []  // Given once the ACK has come.
        case .order(.inform(let number, let body, let packageName)):
            return sendInform(number, body, packageName)
        case .order(.conclude(let otherID, let other, let status)):
            return [.respond(response(status, to: other, nil), to: otherID)]
        case .timer(.resendProvisional):
            return resendProvisional(id)
        case .timer(.provisionalAcknowledgement):
            // RFC 3262 §3: 64·T1 without a PRACK.
            return refuse(request, id, .serverInternalError) + end(.lost("no PRACK"))
        case .timer(.turn):
            return endPause()
        case .arrival(.acknowledgement):
            return []  // Nothing of that kind is open in this state.
        case .order(.invite), .order(.withdrawOffer), .order(.probe), .order(.referral):
            return []  // Orders for a UAC or for a confirmed dialog.
        case .timer(.resendAnswer), .timer(.acknowledgement), .timer(.cancellation),
            .timer(.refresh), .timer(.sessionExpiry), .timer(.farewell):
            return []  // Not started before our final response.
        }
    }

    /// The final refusal; before it, whatever else of the dialog is open.
    private mutating func refuse(
        _ request: Request, _ id: ServerTransactionID, _ status: Status
    ) -> [Effect] {
        refuseOpenOffer() + [.respond(response(status, to: request, nil), to: id)]
    }

    private mutating func receiveWhileInvited(
        _ other: Request, _ otherID: ServerTransactionID, _ id: ServerTransactionID,
        _ request: Request
    ) -> [Effect] {
        guard dialog?.accepts(other) ?? false else {
            return [.respond(response(.serverInternalError, to: other, nil), to: otherID)]
        }
        switch other.method {
        case .bye:
            // A caller's BYE in the early dialog: allowed, if rare (§15.1.2).
            return [.respond(response(.ok, to: other, nil), to: otherID)]
                + refuse(request, id, .requestTerminated) + end(.cancelledByRemote)
        case .info:
            return [.report(.informed(otherID, other))]
        case .prack:
            return receivePrack(other, otherID)
        case .update:
            return receiveUpdateWhileInvited(other, otherID)
        case .options:
            return [.respond(response(.ok, to: other, nil), to: otherID)]
        case .invite:
            // §14.2: a second INVITE before our final response to the first.
            return [.respond(notNow(other, seconds: 5), to: otherID)]
        default:
            return [.respond(response(.methodNotAllowed, to: other, nil), to: otherID)]
        }
    }

    /// RFC 3311 §5.2: an offer while one is open is not for now.
    private mutating func receiveUpdateWhileInvited(
        _ update: Request, _ id: ServerTransactionID
    ) -> [Effect] {
        guard update.content != nil, reliable.stage != .settled else {
            return receiveUpdate(update, id)
        }
        let isOursOpen = reliable.stage == .sent && !reliable.hasRemoteOffer
        let refusal =
            isOursOpen
            ? response(.requestPending, to: update, nil) : notNow(update, seconds: 5)
        return [.respond(refusal, to: id)]
    }

    /// An UPDATE of ours before the answer, where the descriptions are settled (RFC 3311 §5.1).
    private mutating func sendEarlyOfferAsCallee(
        _ body: MessageBody?, _ manner: OfferManner
    ) -> [Effect] {
        guard reliable.stage == .settled, body != nil, allowsUpdate, isFreeForOffer,
            deferredAnswer == nil, let request = dialog?.request(.update)
        else { return [.report(.offerRefused(.requestPending))] }
        return sendUpdate(request, body, manner)
    }

    mutating func accept(
        _ request: Request, _ id: ServerTransactionID, with body: MessageBody?
    ) -> [Effect] {
        // RFC 3261 §13.2.1: what went reliably before is not said again.
        var answer = response(.ok, to: request, reliable.stage == .none ? body : nil)
        refresh.agree(to: request, in: &answer)
        reliable.conclude()
        state = .accepted(id, answer, resendAfter: Self.firstResend)
        return [
            .respond(answer, to: id), .stop(.resendProvisional),
            .stop(.provisionalAcknowledgement), .start(.resendAnswer, after: Self.firstResend),
            .start(.acknowledgement, after: Self.longestWait),
        ] + refresh.timers
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
        case .timer(let timer):
            return timeOutWhileAccepted(timer)
        case .order(.hangUp(_, let reason)):
            // §15: before the ACK the UAS must not send BYE; phones take it well, and a caller
            // that never sends ACK would otherwise be kept for 32 s.
            return sendBye(reason: reason) + end(.byOrder)
        case .arrival(.request(let request, let requestID, let flow)):
            return receiveInDialog(request, requestID, on: flow)
        case .arrival(.response(let response, let tag, _)):
            return receiveResponse(response, tag)
        case .arrival(.failed(let tag, let failure)):
            return receiveFailure(tag, failure)
        case .order(.referral(let order)):
            return handleReferral(order)
        case .arrival(.unanswered), .arrival(.cancelled):
            return []  // The 2xx is resent by us; a CANCEL after it has no effect (§9.2).
        case .order(.offer(_, let manner)):
            // §13.3.1.4: no re-INVITE before the ACK. To the owner it looks like glare.
            if manner == .own { turns.isWanted = true }
            return [.report(.offerRefused(.requestPending))]
        case .order(.requestTurn):
            turns.isWanted = true
            return []  // Given once the ACK has come.
        case .order(.acceptOffer(let body)):
            return acceptRemoteOffer(body)
        case .order(.refuseOffer(let status)):
            return refuseRemoteOffer(status)
        case .order(.probe):
            return sendProbe()
        case .order(.inform(let number, let body, let packageName)):
            return sendInform(number, body, packageName)
        case .order(.invite), .order(.progress), .order(.answer), .order(.reject),
            .order(.withdrawOffer):
            return []  // Out of turn until the ACK has come.
        case .order(.conclude(let requestID, let request, let status)):
            return [.respond(response(status, to: request, nil), to: requestID)]
        }
    }

    private mutating func timeOutWhileAccepted(_ timer: Timer) -> [Effect] {
        switch timer {
        case .acknowledgement:
            return sendBye(reason: nil) + end(.lost("no ACK"))
        case .turn:
            return endPause()
        case .refresh:
            return refreshSession()
        case .sessionExpiry:
            return sendBye(reason: nil) + end(.lost("the session expired"))
        case .farewell:
            return sayFarewell()
        case .resendAnswer, .cancellation, .resendProvisional, .provisionalAcknowledgement:
            return []  // Seen to, a UAC's timer, and those of the time before the 2xx.
        }
    }

    /// A response of ours within this usage: our tag, and the fields that the RFCs ask for.
    func response(_ status: Status, to request: Request, _ body: MessageBody?) -> Response {
        var response = Response(to: request, status: status, toTag: localTag)
        let isTargetRefresh = request.method == .invite || request.method == .update
        if isTargetRefresh && status.code < 300 && status != .trying {
            response.fields.append(Contact.address(contact))
        }
        let saysWhatWeTake =
            status == .methodNotAllowed
            || status.code < 300 && status != .trying
                && (isTargetRefresh || request.method == .options)
        if saysWhatWeTake {
            response.fields.append(name: .allow, raw: Self.allowedMethods)
            response.fields.append(name: .supported, raw: refresh.supported)
        }
        response.content = body
        return response
    }

    /// 500 with Retry-After (§14.2).
    func notNow(_ request: Request, seconds: UInt32) -> Response {
        var refusal = response(.serverInternalError, to: request, nil)
        refusal.fields.set(RetryAfter(seconds: seconds))
        return refusal
    }

    /// Learns what the other side takes.
    mutating func noteAllowed(by message: some FieldBearing) {
        let allowed = message.allowed
        if !allowed.isEmpty { allowsUpdate = allowed.contains(.update) }
    }

    /// What a phone may send us inside a dialog.
    public static let allowedMethods =
        "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE, PRACK, UPDATE, REFER, SUBSCRIBE"
}
