import Platform

/// The confirmed dialog: what comes in it, INFO, BYE, proof of life (RFC 3261 §15, RFC 6086).
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
            if let later = hangUpLater(reason: reason) { return later }
            return refuseOpenOffer() + sendBye(reason: reason) + end(.byOrder)
        case .order(.offer(let body, let manner)):
            return sendOffer(body, manner)
        case .order(.requestTurn):
            turns.isWanted = true
            return []  // `handle` gives it.
        case .order(.acceptOffer(let body)):
            return acceptRemoteOffer(body)
        case .order(.refuseOffer(let status)):
            return refuseRemoteOffer(status)
        case .order(.withdrawOffer):
            // An UPDATE can't be taken back: its answer comes soon.
            guard case .reinvite = localOffer else { return [] }
            return [.cancel(.reinvite, reason: nil)]
        case .order(.probe):
            return sendProbe()
        case .order(.inform(let number, let body, let packageName)):
            return sendInform(number, body, packageName)
        case .order(.conclude(let id, let request, let status)):
            return [.respond(response(status, to: request, nil), to: id)]
        case .order(.referral(let order)):
            return handleReferral(order)
        case .order(.invite), .order(.progress), .order(.answer), .order(.reject):
            return []  // Orders for a usage that isn't confirmed yet.
        case .timer(let timer):
            return timeOutWhileEstablished(timer)
        }
    }

    private mutating func timeOutWhileEstablished(_ timer: Timer) -> [Effect] {
        switch timer {
        case .resendAnswer:
            return resendOfferAnswer()
        case .acknowledgement:
            // §14.2 leaves the session as it was; a party that never sends ACK is gone.
            return sendBye(reason: nil) + end(.lost("no ACK to the answer of a re-INVITE"))
        case .turn:
            return endPause()
        case .refresh:
            return refreshSession()
        case .sessionExpiry:
            return sendBye(reason: nil) + end(.lost("the session expired"))
        case .farewell:
            return sayFarewell()
        case .cancellation, .resendProvisional, .provisionalAcknowledgement:
            return []  // The INVITE was answered; those timers are moot.
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
        switch request.method {
        case .bye:
            return [.respond(response(.ok, to: request, nil), to: id)]
                + refuseOpenOffer() + end(.byRemote(reason: request.fields[.reason]))
        case .invite:
            return receiveOffer(request, id)
        case .update:
            return receiveUpdate(request, id)
        case .prack:
            return receivePrack(request, id)
        case .info:
            return [.report(.informed(id, request))]
        case .refer:
            return [.report(.referred(id, request))]
        case .subscribe:
            return receiveSubscribe(request, id)
        case .options:
            return [.respond(response(.ok, to: request, nil), to: id)]
        default:
            return [.respond(response(.methodNotAllowed, to: request, nil), to: id)]
        }
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

    /// A response to anything but an INVITE that is still open.
    mutating func receiveResponse(_ response: Response, _ tag: RequestTag) -> [Effect] {
        switch tag {
        case .invite:
            guard response.status.isSuccess else { return [] }
            return dismiss(response)  // Another fork's answer (§13.2.2.4).
        case .reinvite, .update:
            return receiveOfferResponse(response, tag)
        case .refresh:
            return receiveRefreshResponse(response)
        case .probe:
            return receiveProbeResponse(response.status)
        case .info(let number):
            guard response.status.isFinal else { return [] }
            return [.report(.informConcluded(number, response.status))]
        case .notify:
            return notifyAnswered(response.status)
        case .bye:
            return []  // A BYE of ours ends the usage when it is sent, not when it is answered.
        case .prack:
            return []  // What it acknowledged was taken; only the INVITE's outcome counts.
        }
    }

    mutating func receiveFailure(_ tag: RequestTag, _ failure: TransactionFailure) -> [Effect] {
        switch tag {
        case .reinvite, .update:
            guard localOffer != nil else { return [] }
            return giveUp(failure.description)
        case .refresh, .probe:
            return giveUp(failure.description)
        case .info(let number):
            return [.report(.informConcluded(number, failure.status))]
        case .notify:
            return notifyAnswered(nil)
        case .invite, .bye, .prack:
            return []  // Answered already, or ending already.
        }
    }

    /// The other side has lost the dialog, or is gone (§12.2.1.2, RFC 5057 §5).
    mutating func giveUp(_ why: String) -> [Effect] {
        sendBye(reason: nil) + end(.lost(why))
    }

    // MARK: Proof of life

    mutating func sendProbe() -> [Effect] {
        guard !isProbing, let request = dialog?.request(.options) else { return [] }
        isProbing = true
        return [.send(request, to: destination, .probe)]
    }

    /// Any answer but 408 and 481 is life (RFC 5057 §5).
    private mutating func receiveProbeResponse(_ status: Status) -> [Effect] {
        guard status.isFinal else { return [] }
        isProbing = false
        guard !status.meansLostDialog else {
            return giveUp("\(status.code) to OPTIONS")
        }
        return [.report(.alive)]
    }

    mutating func sendBye(reason: String?) -> [Effect] {
        guard var current = dialog else { return [] }
        var bye = current.request(.bye)
        if let reason { bye.fields[.reason] = reason }
        dialog = current
        return [.send(bye, to: destination, .bye)]
    }
}

extension Status {
    /// To a request inside a dialog: that dialog is no more (RFC 3261 §12.2.1.2).
    var meansLostDialog: Bool { self == .callOrTransactionDoesNotExist || self == .requestTimeout }
}
