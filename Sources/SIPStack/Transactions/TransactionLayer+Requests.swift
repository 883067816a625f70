import Platform
import Wire

/// Requests that come: which transaction or dialog they belong to, and what the stack answers by
/// itself.
extension TransactionLayer {
    mutating func receive(
        _ request: Request, on flow: Flow, lateness: Duration
    ) -> [Effect] {
        guard !request.vias.isEmpty else { return [.drop(.unreadable)] }
        var request = request
        request.vias[0].fill(from: flow.remote)
        guard request.cSeq.method == request.method else {
            return answer(request, .badRequest, on: flow)
        }
        switch request.method {
        case .ack: return receiveAcknowledgement(request, on: flow)
        case .cancel: return receiveCancel(request, on: flow)
        default: break
        }
        guard let key = ServerTransactionKey(request, method: request.method) else {
            return [.drop(.unreadable)]
        }
        if let known = serverKeys[key] { return retransmitted(known, as: request, on: flow) }
        if let refusal = settings.admission.refusal(of: request, lateness: lateness) {
            return answer(request, with: refusal, on: flow) + [.refusedCall]
        }
        if let refusal = RequestScreening(settings).refusal(of: request) {
            return answer(request, with: refusal, on: flow)
        }
        if let mergeKey = MergeKey(request), let first = mergeKeys[mergeKey] {
            // A box that forgot its bindings names another sent-by in the Via it rewrites: with
            // the same branch this is the same request once more, and did not come by two ways.
            let via = request.vias[0]
            let isSame =
                via.hasMagicCookie && servers[first]?.trying.vias.first?.branch == via.branch
            return isSame
                ? retransmitted(first, as: request, on: flow)
                : answer(request, .loopDetected, on: flow)
        }
        guard let recipient = recipient(of: request) else {
            return answer(request, .callOrTransactionDoesNotExist, on: flow)
        }
        guard servers.count < settings.limits.serverTransactions else {
            let seconds = Int(settings.limits.retryAfter.components.seconds)
            let refusal = Response.serviceUnavailable(to: request, retryAfter: seconds)
            return answer(request, with: refusal, on: flow)
        }
        return accept(request, key: key, to: recipient, on: flow)
    }

    /// What was answered is answered again: a datagram where this copy came from. The first may have
    /// been somebody else's copy, or the way through a box is another one by now.
    private mutating func retransmitted(
        _ id: ServerTransactionID, as request: Request, on flow: Flow
    ) -> [Effect] {
        guard let entry = servers[id] else { return [] }
        let effects =
            switch entry.machine {
            case .invite: feed(id, InviteServerTransaction.Event.retransmitted)
            case .nonInvite: feed(id, NonInviteServerTransaction.Event.retransmitted)
            }
        guard flow.transport == .udp, entry.flow.transport == .udp else { return effects }
        let route = ResponseRoute(to: request.vias.first, on: flow)
        return effects.map { effect in
            if case .send(let bytes, on: entry.flow) = effect {
                .send(bytes, on: route.flow)
            } else {
                effect
            }
        }
    }

    /// Whose a new request is; nil for one that names a dialog which is not (RFC 3261 §12.2.2).
    private func recipient(of request: Request) -> Recipient? {
        guard let localTag = request.to.tag else { return .standard }
        if let dialog = dialog(of: request, localTag: localTag) { return .dialog(dialog) }
        let half = HalfDialog(sipCallID: request.callID, tag: localTag)
        if let caller = callingHalves[half] { return .client(caller) }
        // These make no dialogs; some phones keep the tag of the last answer all the same.
        return request.method == .register || request.method == .publish ? .standard : nil
    }

    private func dialog(of request: Request, localTag: String) -> DialogID? {
        let dialog = DialogID(
            sipCallID: request.callID, localTag: localTag, remoteTag: request.from.tag ?? "")
        return dialogs.contains(dialog) ? dialog : nil
    }

    private mutating func receiveAcknowledgement(_ request: Request, on flow: Flow) -> [Effect] {
        if let key = ServerTransactionKey(request, method: .invite), let id = serverKeys[key],
            case .invite(let machine)? = servers[id]?.machine
        {
            switch machine.state {
            case .completed, .confirmed, .proceeding, .terminated:
                return feed(id, .acknowledged)
            case .accepted:
                break  // An ACK of our 2xx from a peer that names no transactions.
            }
        }
        var effects: [Effect] = []
        if let answered = acknowledgementKeys[AcknowledgementKey(request)] {
            effects = feed(answered, .acknowledged)
        }
        guard let localTag = request.to.tag, let dialog = dialog(of: request, localTag: localTag)
        else { return effects + [.drop(.strayAcknowledgement)] }
        return effects + [.deliver(.acknowledgement(request, on: flow), to: .dialog(dialog))]
    }

    /// §9.2. Answered here, by a transaction of its own: whatever became of the INVITE meanwhile,
    /// the answer to a retransmission is the same.
    private mutating func receiveCancel(_ request: Request, on flow: Flow) -> [Effect] {
        guard let key = ServerTransactionKey(request, method: .cancel) else {
            return [.drop(.unreadable)]
        }
        if let known = serverKeys[key] { return retransmitted(known, as: request, on: flow) }
        guard let inviteKey = ServerTransactionKey(request, method: .invite),
            let id = serverKeys[inviteKey], let entry = servers[id]
        else { return answer(request, .callOrTransactionDoesNotExist, on: flow) }
        var response = Response(to: request, status: .ok, toTag: tag(of: entry))
        if case .invite(let machine) = entry.machine,
            case .proceeding(let last?, _) = machine.state, let tag = last.to.tag
        {
            response.to.tag = tag
        }
        let answered =
            servers.count < settings.limits.serverTransactions
            ? accept(request, key: key, answering: response, on: flow)
            : answer(request, with: response, on: flow)
        return answered + feed(id, InviteServerTransaction.Event.cancelled, cancel: request)
    }

    // MARK: Stateless answers

    private func answer(_ request: Request, _ status: Status, on flow: Flow) -> [Effect] {
        answer(request, with: Response(to: request, status: status), on: flow)
    }

    private func answer(
        _ request: Request, with response: Response, on flow: Flow
    ) -> [Effect] {
        var response = response
        if response.to.tag == nil { response.to.tag = statelessTag(of: request) }
        if let productName = settings.productName { response.fields[.server] = productName }
        let route = ResponseRoute(to: request.vias.first, on: flow)
        return [.send(response.encoded(), on: route.flow)]
    }

    /// What the parser could not take is answered where enough was readable for that.
    func answer(_ rejection: Rejection, on flow: Flow) -> [Effect] {
        guard var via = rejection.via else { return [.drop(.unreadable)] }
        // One of the copies of a request that is being served: an answer would end it for its sender.
        if let key = ServerTransactionKey(rejection), serverKeys[key] != nil {
            return [.drop(.damagedCopy)]
        }
        via.fill(from: flow.remote)
        var rejection = rejection
        if var response = rejection.response, response.to.tag == nil {
            response.to.tag = tag(response.callID, response.from.tag, via.branch)
            rejection.response = response
        }
        guard let bytes = rejection.encodedAnswer(topVia: via) else {
            return [.drop(.unreadable)]
        }
        return [.send(bytes, on: ResponseRoute(to: via, on: flow).flow)]
    }

    /// A To tag that is the same each time the same request comes (§8.2.7), and that nobody else
    /// can foresee.
    func statelessTag(of request: Request) -> String {
        tag(request.callID, request.from.tag, request.vias.first?.branch)
    }

    /// The To tag of our answers where the owner gives none: the same as statelessly.
    func tag(of entry: Shared<ServerEntry>) -> String {
        tag(entry.trying.callID, entry.trying.from.tag, entry.trying.vias.first?.branch)
    }

    private func tag(_ sipCallID: String, _ fromTag: String?, _ branch: String?) -> String {
        let text = [sipCallID, fromTag ?? "", branch ?? ""].joined(separator: "\n")
        return String(SipHash(key: settings.tagKey).hash(Array(text.utf8)), radix: 16)
    }
}
