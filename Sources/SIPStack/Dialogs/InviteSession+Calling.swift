import Platform

/// The UAC's half: the INVITE is ours (RFC 3261 §13.2, §9.1).
extension InviteSession {
    mutating func handleCalling(_ event: Event) -> [Effect] {
        switch event {
        case .order(.invite(let body)):
            invite.content = body
            return [.send(invite, to: destination, .invite)]
        case .order(.hangUp(_, let reason)):
            if unacknowledged != nil {
                // Answered, though not yet by us: only BYE ends it, and BYE needs the ACK first.
                return acknowledgeOffer(with: nil) + sendBye(reason: reason) + end(.byOrder)
            }
            state = .cancelling
            return [
                .cancel(.invite, reason: reason),
                .start(.cancellation, after: Self.longestWait),
            ]
        case .order(.answer(let body)):
            return acknowledgeOffer(with: body)
        case .arrival(.response(let response, .invite, let flow)):
            return receiveCallingResponse(response, on: flow)
        case .arrival(.failed(.invite, let failure)):
            return [.report(.refused(failure.status))] + end(.lost(failure.description))
        case .arrival(.request(let request, let id, let flow)):
            return unacknowledged == nil
                ? refuseEarly(request, id) : receiveInDialog(request, id, on: flow)
        case .arrival(.acknowledgement), .arrival(.cancelled), .arrival(.unanswered),
            .arrival(.response), .arrival(.failed):
            return []  // Nothing of that kind is open in this state.
        case .order(.progress), .order(.reject), .order(.offer), .order(.acceptOffer),
            .order(.refuseOffer), .order(.withdrawOffer), .order(.inform), .order(.conclude),
            .order(.referral):
            return []  // Orders for a UAS, or for a dialog that isn't there yet.
        case .timer:
            return []  // A timer that was stopped as it fired.
        }
    }

    private mutating func receiveCallingResponse(_ response: Response, on flow: Flow) -> [Effect] {
        if response.status.isProvisional { return receiveProvisional(response, on: flow) }
        if response.status.isSuccess { return receiveAnswer(response, on: flow) }
        let report: Report =
            response.status.isRedirection
            ? .redirected(response.status, response.contacts)
            : .refused(response.status)
        return [.report(report)] + end(.byRemote(reason: response.fields[.reason]))
    }

    private mutating func receiveProvisional(_ response: Response, on flow: Flow) -> [Effect] {
        // After a 2xx that waits for our answer a late 18x has nothing to say.
        guard response.status != .trying, unacknowledged == nil else { return [] }
        var effects: [Effect] = []
        if let tag = response.to.tag, earlyDialogs[tag] == nil,
            earlyDialogs.count < Self.earlyDialogLimit,
            let early = Dialog(calling: invite, response: response)
        {
            earlyDialogs[tag] = early
            if dialog == nil { dialog = early }
            effects.append(.register(early.id))
        }
        let report = Report.progressed(
            response.status, response.content, earlyTag: response.to.tag)
        return effects + [.report(report)]
    }

    private mutating func receiveAnswer(_ response: Response, on flow: Flow) -> [Effect] {
        if unacknowledged != nil {
            // The first 2xx waits for the owner's answer: the same one again changes nothing,
            // another fork's is not wanted (§13.2.2.4).
            return response.to.tag == dialog?.remoteTag ? [] : dismiss(response)
        }
        guard let confirmed = Dialog(calling: invite, response: response) else {
            // A 2xx without Contact or tag leaves nothing to send an ACK to.
            return [.report(.refused(.badGateway))] + end(.lost("2xx without Contact"))
        }
        let hadEarly = earlyDialogs[confirmed.remoteTag] != nil
        var effects: [Effect] = hadEarly ? [] : [.register(confirmed.id)]
        for (tag, early) in earlyDialogs.sorted(by: { $0.key < $1.key })
        where tag != confirmed.remoteTag {
            effects.append(.unregister(early.id))
        }
        earlyDialogs = [:]
        destination = .flow(flow)
        takesFromChange = response.supports("from-change")
        if invite.body.isEmpty {
            // Its offer is in the 2xx: the ACK carries our answer, when the owner has it.
            unacknowledged = response
            dialog = confirmed
            return effects + [.report(.answered(response.content))]
        }
        dialog = confirmed
        state = .established
        return effects + [
            acknowledge(confirmed.acknowledgement(of: invite)),
            .report(.answered(response.content)),
        ]
    }

    /// The owner's answer to an offer that came in the 2xx.
    private mutating func acknowledgeOffer(with body: MessageBody?) -> [Effect] {
        guard unacknowledged != nil, let confirmed = dialog else { return [] }
        unacknowledged = nil
        var acknowledgement = confirmed.acknowledgement(of: invite)
        acknowledgement.content = body
        dialog = confirmed
        state = .established
        return [acknowledge(acknowledgement)]
    }

    /// A request inside an early dialog of ours.
    private mutating func refuseEarly(_ request: Request, _ id: ServerTransactionID) -> [Effect] {
        if request.method == .bye {
            // A callee's BYE in an early dialog (§15) ends that dialog only: its final follows.
            return [.respond(Response(to: request, status: .ok), to: id)]
        }
        if request.method == .info { return [.report(.informed(id, request))] }
        // A re-INVITE or UPDATE while our own INVITE is open collides with it (§14.2).
        let status: Status =
            request.method == .invite || request.method == .update
            ? .requestPending : .methodNotAllowed
        return [.respond(Response(to: request, status: status), to: id)]
    }

    mutating func handleCancelling(_ event: Event) -> [Effect] {
        switch event {
        case .arrival(.response(let response, .invite, let flow)):
            if response.status.isProvisional { return [] }
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
        case .order:
            return []  // It is ending already; the report will follow.
        case .timer(.resendAnswer), .timer(.acknowledgement):
            return []  // A UAS's timers.
        }
    }
}
