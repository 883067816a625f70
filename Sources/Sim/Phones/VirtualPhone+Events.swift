import Platform
import SIPStack

/// What the stack tells the phone.
extension VirtualPhone {
    func handle(_ event: SIPEvent) {
        switch event {
        case .request(let request, let transaction, _): receive(request, transaction)
        case .acknowledgement(let request, _):
            turn(toLineOf: request.callID)
            receiveAcknowledgement(request)
        case .cancelled(let transaction, let request):
            turn(toLineOf: request.callID)
            cancelDelayed(transaction)
            receiveCancel(transaction, request)
        case .response(let response, let transaction, _): receive(response, transaction)
        case .failed(let transaction, let failure): requestFailed(transaction, failure)
        case .unanswered: break  // The 2xx is resent by us; other finals need no answer.
        case .flowClosed: streamClosed()
        }
    }

    private func receive(_ request: Request, _ transaction: ServerTransactionID) {
        turn(toLineOf: request.callID)
        let isInCall = request.callID == call?.dialog.sipCallID
        if isInCall, isOvertaken(request, transaction) { return }
        if !isInCall, answerTrunk(request, transaction) { return }
        receiveTaken(request, transaction, isInCall: isInCall)
    }

    /// A request outside of any dialog that was put off.
    func receiveNew(_ request: Request, _ transaction: ServerTransactionID) {
        if answerTrunk(request, transaction) { return }
        receiveTaken(request, transaction, isInCall: false)
    }

    private func receiveTaken(
        _ request: Request, _ transaction: ServerTransactionID, isInCall: Bool
    ) {
        switch request.method {
        case .notify where isInCall: receiveTransferNews(request, transaction)
        case .invite where isInCall: receiveOffer(request, transaction)
        case .invite where request.to.tag == nil: receiveInvite(request, transaction)
        case .bye where isInCall: receiveBye(request, transaction)
        case .prack where isInCall: receivePrack(request, transaction)
        case .update where isInCall: receiveUpdate(request, transaction)
        case .invite, .bye:
            transport.respond(
                Response(to: request, status: .callOrTransactionDoesNotExist), to: transaction)
        case .notify: receiveNotify(request, transaction)
        case .options, .info, .message:
            transport.respond(
                Response(to: request, status: .ok, toTag: world.random.token(8)), to: transaction)
        default:
            transport.respond(
                Response(to: request, status: .methodNotAllowed, toTag: world.random.token(8)),
                to: transaction)
        }
    }

    /// Whether a request in the call's dialog comes after a later one; it is answered then.
    ///
    /// What was lost and sent again may be overtaken, and gets a 500 (RFC 3261 §12.2.2). That the
    /// exchange counts up is seen at its door: ``EachDialogCountsUp``.
    private func isOvertaken(_ request: Request, _ transaction: ServerTransactionID) -> Bool {
        let branch = request.vias.first?.branch
        guard let last = call?.dialog.remoteSequence, request.cSeq.number <= last else {
            call?.dialog.remoteSequence = request.cSeq.number
            call?.dialog.lastTaken = (branch, nil)
            return false
        }
        if request.cSeq.number == last {
            guard let taken = call?.dialog.lastTaken, taken.branch == branch else {
                complain("CSeq \(last) of two requests")
                return false
            }
            if call?.unacknowledged?.response.cSeq == request.cSeq {
                call?.unacknowledged?.transaction = transaction
            }
            if case .ringing(_, let invite) = call?.stage, invite.cSeq == request.cSeq {
                call?.stage = .ringing(transaction, invite)
            }
            if let response = taken.response { transport.respond(response, to: transaction) }
            return true
        }
        // What it described is the past, but was counted.
        if !request.body.isEmpty { call?.remoteSDP?.isOutdated = true }
        respond(.serverInternalError, to: request, transaction)
        return true
    }

    private func receive(_ response: Response, _ transaction: ClientTransactionID) {
        guard let request = pending[transaction] else {
            // A 2xx again, since we did not acknowledge it (RFC 3261 §13.2.2.4).
            if response.status.isSuccess, let lost = lostAcknowledgements[transaction] {
                transport.acknowledge(lost, of: transaction, to: destination)
            }
            return
        }
        turn(toLineOf: request.request.callID)
        if response.status.isProvisional {
            if request.purpose == .invite, takeProgress(response) { inviteProgressed(response) }
            return
        }
        pending[transaction] = nil
        if let retry = authorized(request, by: response) {
            let renamed = send(retry, as: request.purpose, tries: request.tries + 1)
            if retry.method == .register { registration.sequence = retry.cSeq.number }
            if call?.dialog.sipCallID == retry.callID {
                call?.dialog.localSequence = retry.cSeq.number
                if call?.invite == transaction { call?.invite = renamed }
                if case .cancelling = call?.stage { transport.cancel(renamed, reason: nil) }
            }
            return
        }
        conclude(request, response, transaction)
    }

    private func requestFailed(
        _ transaction: ClientTransactionID, _ failure: TransactionFailure
    ) {
        guard let request = pending.removeValue(forKey: transaction) else { return }
        turn(toLineOf: request.request.callID)
        // The network loses little enough for one of all the repetitions to be answered.
        // A stream that breaks is no fault of the exchange's.
        // Nobody waits any more for what belonged to a call that is over.
        let isAwaited =
            request.purpose == .register || call?.dialog.sipCallID == request.request.callID
        if request.purpose != .ping, isAwaited, failure == .timeout {
            complain(
                "\(request.request.method) was never answered",
                waitedSince: call?.begun ?? world.time.now)
        }
        switch request.purpose {
        case .invite, .bye:
            if call?.dialog.sipCallID == request.request.callID { call?.failure = failure }
        case .register: registration.failure = failure
        case .offer, .refresh, .prack, .ping, .refer, .subscribe, .inform, .formerBye: break
        }
        conclude(request, nil, transaction)
    }

    private func conclude(
        _ request: PendingRequest, _ response: Response?, _ transaction: ClientTransactionID
    ) {
        switch request.purpose {
        case .ping: pingAnswered(response)
        case .refer: transferAnswered(response, to: request.request)
        case .inform: informAnswered(response, to: request.request)
        case .subscribe: lampAnswered(response, to: request.request)
        case .register: registerAnswered(response, to: request.request)
        case .invite: inviteAnswered(response, to: request.request, transaction)
        case .offer: offerAnswered(response, to: request.request, transaction)
        case .refresh: refreshAnswered(response, to: request.request, transaction)
        case .prack: break  // The INVITE's own end tells what became of it.
        case .formerBye:
            if response?.status.isSuccess ?? false {
                world.recorder.record(.info, "phone.former-call-ended")
            }
        case .bye:
            guard call?.dialog.sipCallID == request.request.callID else { return }
            call?.isByeSpoilt = response?.status == .badRequest
            finish(.talked)
        }
    }
}
