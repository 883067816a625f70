import Platform

/// The UAC's half: the INVITE is ours (RFC 3261 §13.2, §9.1).
extension InviteSession {
    mutating func handleCalling(_ event: Event) -> [Effect] {
        switch event {
        case .order(.invite(let body)):
            invite.content = body
            invite.fields[.supported] = refresh.supported
            refresh.propose(in: &invite)
            return [.send(invite, to: destination, .invite)]
        case .order(.hangUp(_, let reason)):
            return cancel(reason: reason)
        case .order(.answer(let body)):
            return unanswered == nil ? acknowledgeOffer(with: body) : answerEarly(with: body)
        case .arrival(.response(let response, .invite, let flow)):
            return receiveCallingResponse(response, on: flow)
        case .arrival(.response(let response, let tag, _)):
            return receiveResponse(response, tag)
        case .arrival(.failed(.invite, let failure)):
            return [.report(.refused(failure.status))] + end(.lost(failure.description))
        case .arrival(.failed(let tag, let failure)):
            return receiveEarlyFailure(tag, failure)
        case .arrival(.request(let request, let id, let flow)):
            return unacknowledged == nil
                ? receiveEarly(request, id) : receiveInDialog(request, id, on: flow)
        case .order(.offer(let body, let manner)):
            return sendEarlyOffer(body, manner)
        case .order(.acceptOffer(let body)):
            return acceptRemoteOffer(body)
        case .order(.refuseOffer(let status)):
            return refuseRemoteOffer(status)
        case .order(.requestTurn):
            turns.isWanted = true
            return []  // Given once the call is answered.
        case .order(.inform(let number, let body, let packageName)):
            return sendInform(number, body, packageName)
        case .order(.conclude(let id, let request, let status)):
            return [.respond(response(status, to: request, nil), to: id)]
        case .arrival(.unanswered(let id)):
            if remoteOffer?.id == id { remoteOffer = nil }
            return []
        case .arrival(.acknowledgement), .arrival(.cancelled):
            return []  // Nothing of that kind is open in this state.
        case .order(.progress), .order(.reject), .order(.withdrawOffer), .order(.probe),
            .order(.referral):
            return []  // Orders for a UAS, or for a dialog that isn't there yet.
        case .timer(.turn):
            return endPause()
        case .timer(.resendAnswer), .timer(.acknowledgement), .timer(.cancellation),
            .timer(.resendProvisional), .timer(.provisionalAcknowledgement), .timer(.refresh),
            .timer(.sessionExpiry), .timer(.farewell):
            return []  // Not started in this state, or stopped as it fired.
        }
    }

    private mutating func cancel(reason: String?) -> [Effect] {
        if unacknowledged != nil {
            // Answered, though not yet by us: only BYE ends it, and BYE needs the ACK first.
            return acknowledgeOffer(with: nil) + sendBye(reason: reason) + end(.byOrder)
        }
        state = .cancelling
        return refuseOpenOffer() + [
            .cancel(.invite, reason: reason),
            .start(.cancellation, after: Self.longestWait),
        ]
    }

    private mutating func receiveCallingResponse(_ response: Response, on flow: Flow) -> [Effect] {
        if response.status.isProvisional {
            // After a 2xx that waits for our answer a late 18x has nothing to say.
            return unacknowledged == nil ? receiveProvisional(response) : []
        }
        if response.status.isSuccess { return receiveAnswer(response, on: flow) }
        if refresh.raise(by: response) { return inviteAgain() }
        let report: Report =
            response.status.isRedirection
            ? .redirected(response.status, response.contacts)
            : .refused(response.status)
        return [.report(report)] + end(.byRemote(reason: response.fields[.reason]))
    }

    /// The INVITE once more, for a longer session timer (RFC 4028 §7.3).
    private mutating func inviteAgain() -> [Effect] {
        let effects = forgetEarlyDialogs(but: nil)
        dialog = nil
        mediaTag = nil
        unanswered = nil
        localOffer = nil
        invite.cSeq.number += 1
        refresh.propose(in: &invite)
        return refuseOpenOffer() + effects + [.send(invite, to: destination, .invite)]
    }

    private mutating func receiveAnswer(_ response: Response, on flow: Flow) -> [Effect] {
        if unacknowledged != nil {
            // The first 2xx waits for the owner's answer: the same one again changes nothing,
            // another fork's is not wanted (§13.2.2.4).
            return response.to.tag == dialog?.remoteTag ? [] : dismiss(response)
        }
        guard var confirmed = Dialog(calling: invite, response: response) else {
            // A 2xx without Contact or tag leaves nothing to send an ACK to.
            return [.report(.refused(.badGateway))] + end(.lost("2xx without Contact"))
        }
        let tag = confirmed.remoteTag
        let early = earlyDialogs[tag]
        if let early {
            confirmed = early.dialog
            confirmed.confirm(by: response)
        }
        var effects: [Effect] = early == nil ? [.register(confirmed.id)] : []
        if dialog?.remoteTag != tag { effects = abandonEarlyOffers() + effects }
        effects += forgetEarlyDialogs(but: tag)
        noteAllowed(by: response)
        refresh.agree(by: response)
        destination = .flow(flow)
        takesFromChange = response.supports("from-change")
        dialog = confirmed
        unanswered = nil
        let body = description(in: response, after: early)
        if invite.body.isEmpty, early?.isSettled != true {
            // Its offer is in the 2xx: the ACK carries our answer, when the owner has it.
            unacknowledged = response
            return effects + refresh.timers + [.report(.answered(body))]
        }
        state = .established
        isAcknowledged = true
        return effects + refresh.timers + [
            .acknowledge(confirmed.acknowledgement(of: invite), of: .invite, to: destination),
            .report(.answered(body)),
        ]
    }

    /// What of the session description is news to the owner when that fork answers.
    private func description(in response: Response, after early: EarlyDialog?) -> MessageBody? {
        guard let early, early.isSettled else {
            return response.content ?? early?.description
        }
        // What came reliably stands; the owner knows it if it came from the fork that it heard of.
        return mediaTag == early.dialog.remoteTag ? nil : early.description
    }

    /// The owner's answer to an offer that came in the 2xx.
    private mutating func acknowledgeOffer(with body: MessageBody?) -> [Effect] {
        guard unacknowledged != nil, let confirmed = dialog else { return [] }
        unacknowledged = nil
        var acknowledgement = confirmed.acknowledgement(of: invite)
        acknowledgement.content = body
        dialog = confirmed
        state = .established
        isAcknowledged = true
        return [.acknowledge(acknowledgement, of: .invite, to: destination)]
    }

    mutating func handleCancelling(_ event: Event) -> [Effect] {
        switch event {
        case .arrival(.response(let response, .invite, let flow)):
            if response.status.isProvisional { return receiveUnwantedProvisional(response) }
            if response.status.isSuccess {
                // The answer crossed the CANCEL: take it, and hang up (§9.1).
                destination = .flow(flow)
                return dismiss(response) + end(.byOrder)
            }
            return end(.byOrder)
        case .arrival(.failed(.invite, _)), .timer(.cancellation):
            return end(.byOrder)
        case .arrival(.request(let request, let id, _)):
            let status: Status = request.method == .bye ? .ok : .requestTerminated
            return [.respond(Response(to: request, status: status), to: id)]
        case .arrival(.response), .arrival(.failed), .arrival(.acknowledgement),
            .arrival(.cancelled), .arrival(.unanswered):
            return []  // Nothing of that kind is open in this state.
        case .order(.inform(let number, _, _)):
            return [.report(.informConcluded(number, .callOrTransactionDoesNotExist))]
        case .order:
            return []  // It is ending already; the report will follow.
        case .timer(.resendAnswer), .timer(.acknowledgement), .timer(.resendProvisional),
            .timer(.provisionalAcknowledgement), .timer(.turn), .timer(.refresh),
            .timer(.sessionExpiry), .timer(.farewell):
            return []  // A UAS's timers, or those of an answered call.
        }
    }
}
