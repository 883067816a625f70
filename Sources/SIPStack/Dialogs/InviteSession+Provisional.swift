import Platform

/// The UAS's provisional responses, reliable where the caller can have them so (RFC 3262 §3).
extension InviteSession {
    /// An owner may give a description before the answer: the caller will take it as it is meant.
    public var takesEarlyDescription: Bool {
        reliable.hasRemoteOffer || reliable.need != .never
    }

    /// The description that went reliably binds: the 2xx will hold none, and what differs needs an
    /// offer.
    public var hasSettledDescription: Bool { reliable.isDescribed }

    mutating func progress(
        _ status: Status, _ body: MessageBody?, to request: Request, _ id: ServerTransactionID
    ) -> [Effect] {
        guard deferredAnswer == nil else { return [] }
        let progress = ReliableProvisionals.Progress(
            status: status, body: reliable.admissible(body))
        guard reliable.isReliable(progress) else {
            return [.respond(response(status, to: request, progress.body), to: id)]
        }
        guard reliable.outstanding == nil else {
            reliable.wait(progress)
            return []
        }
        return sendReliably(progress, to: request, id)
    }

    private mutating func sendReliably(
        _ progress: ReliableProvisionals.Progress, to request: Request, _ id: ServerTransactionID
    ) -> [Effect] {
        let body = reliable.admissible(progress.body)
        let numbered = reliable.send(
            response(progress.status, to: request, body), resendAfter: Self.firstResend)
        return [
            .respond(numbered, to: id), .start(.resendProvisional, after: Self.firstResend),
            .start(.provisionalAcknowledgement, after: Self.longestWait),
        ]
    }

    mutating func resendProvisional(_ id: ServerTransactionID) -> [Effect] {
        guard let outstanding = reliable.resend() else { return [] }
        return [
            .respond(outstanding.response, to: id),
            .start(.resendProvisional, after: outstanding.resendAfter),
        ]
    }

    /// The owner answers: at once, or when the PRACK of a description has come (RFC 3262 §3).
    mutating func answer(
        with body: MessageBody?, to request: Request, _ id: ServerTransactionID
    ) -> [Effect] {
        guard deferredAnswer == nil else { return [] }
        guard !reliable.holdsAnswer, remoteOffer == nil, localOffer == nil else {
            deferredAnswer = DeferredAnswer(body: body)
            return []
        }
        return accept(request, id, with: body)
    }

    /// Goes on with what waited for a PRACK, or for an offer that was open before the answer.
    mutating func resumeInvited() -> [Effect] {
        guard case .invited(let id, let request) = state else { return [] }
        if let deferred = deferredAnswer, !reliable.holdsAnswer {
            guard remoteOffer == nil, localOffer == nil else { return [] }
            deferredAnswer = nil
            return accept(request, id, with: deferred.body)
        }
        guard reliable.outstanding == nil, let next = reliable.nextWaiting() else { return [] }
        return sendReliably(next, to: request, id)
    }

    /// A PRACK, before our final response or just after it.
    mutating func receivePrack(_ prack: Request, _ id: ServerTransactionID) -> [Effect] {
        guard let acknowledged = reliable.acknowledge(prack, of: invite.cSeq) else {
            return [.respond(response(.callOrTransactionDoesNotExist, to: prack, nil), to: id)]
        }
        var effects: [Effect] = [.stop(.resendProvisional), .stop(.provisionalAcknowledgement)]
        let isOffer = reliable.hasRemoteOffer && prack.content != nil
        if isOffer, reliable.stage == .settled, isFreeForOffer {
            // Our answer was in the response: the PRACK may bring the next offer (RFC 3262 §5).
            remoteOffer = (id, prack)
            return effects + [.report(.offered(prack.content, by: .prack))]
        }
        effects.append(.respond(response(.ok, to: prack, nil), to: id))
        if acknowledged.holdsDescription && !reliable.hasRemoteOffer {
            effects.append(.report(.earlyAnswered(prack.content)))
        }
        return effects + resumeInvited()
    }
}
