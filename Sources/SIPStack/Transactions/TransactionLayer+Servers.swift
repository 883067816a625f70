import Platform

/// Server transactions: their making, our responses, their end.
extension TransactionLayer {
    /// A new transaction for a request that passed all checks; delivers it.
    mutating func accept(
        _ request: Request, key: ServerTransactionKey, to recipient: Recipient, on flow: Flow
    ) -> [Effect] {
        let (made, effects) = open(request, key: key, for: recipient, on: flow)
        return effects + [.deliver(.request(request, made, on: flow), to: recipient)]
    }

    /// A new transaction that the stack answers itself.
    mutating func accept(
        _ request: Request, key: ServerTransactionKey, answering response: Response,
        on flow: Flow
    ) -> [Effect] {
        var response = response
        if let productName = settings.productName { response.fields[.server] = productName }
        let (made, effects) = open(request, key: key, for: .standard, on: flow)
        return effects + respond(response, made)
    }

    private mutating func open(
        _ request: Request, key: ServerTransactionKey, for recipient: Recipient, on flow: Flow
    ) -> (ServerTransactionID, [Effect]) {
        lastServerNumber += 1
        let made = ServerTransactionID(shard: settings.shard, number: lastServerNumber)
        let timing = settings.timing
        let isReliable = flow.transport.isReliable
        let isInvite = request.method == .invite
        var half: HalfDialog?
        if isInvite, request.to.tag == nil {
            half = HalfDialog(sipCallID: request.callID, tag: request.from.tag ?? "")
        }
        let route = ResponseRoute(to: request.vias.first, on: flow)
        let entry = ServerEntry(
            machine: isInvite
                ? .invite(InviteServerTransaction(timing: timing, isReliable: isReliable))
                : .nonInvite(NonInviteServerTransaction(timing: timing, isReliable: isReliable)),
            key: key, mergeKey: MergeKey(request), half: half,
            trying: Response(to: request, status: .trying),
            flow: route.flow, returnTarget: route.returnTarget,
            place: isInvite && isReliable
                ? request.contacts.first.flatMap { FlowPlace(route.flow, contact: $0.uri) } : nil,
            recipient: recipient)
        servers[made] = Shared(entry)
        serverKeys[key] = made
        if let mergeKey = entry.mergeKey { mergeKeys[mergeKey] = made }
        if let half { invitedHalves[half] = made }
        if isReliable { serversByFlow[route.flow, default: []].insert(made) }
        let effects =
            isInvite
            ? feed(made, InviteServerTransaction.Event.begin)
            : feed(made, NonInviteServerTransaction.Event.begin)
        return (made, effects)
    }

    /// The owner answers.
    mutating func respond(_ response: Response, _ id: ServerTransactionID) -> [Effect] {
        guard let entry = servers[id] else { return [] }
        var response = response
        if response.to.tag == nil, response.status != .trying { response.to.tag = tag(of: entry) }
        switch entry.machine {
        case .nonInvite:
            forgetMerge(of: id, after: response)
            return feed(id, NonInviteServerTransaction.Event.respond(response))
        case .invite(let machine):
            if response.status.isFinal, case .proceeding = machine.state {
                forgetMerge(of: id, after: response)
                if response.status.isSuccess {
                    let key = AcknowledgementKey(response)
                    acknowledgementKeys[key] = id
                    servers[id]?.acknowledgementKey = key
                }
            }
            return feed(id, InviteServerTransaction.Event.respond(response))
        }
    }

    /// Old phones answer a challenge with the same CSeq: no merged request then.
    private mutating func forgetMerge(of id: ServerTransactionID, after response: Response) {
        guard response.status == .unauthorized || response.status == .proxyAuthenticationRequired,
            let key = servers[id]?.mergeKey, mergeKeys[key] == id
        else { return }
        mergeKeys[key] = nil
    }

    mutating func feed(
        _ id: ServerTransactionID, _ event: InviteServerTransaction.Event,
        cancel: Request? = nil
    ) -> [Effect] {
        guard case .invite(var machine)? = servers[id]?.machine else { return [] }
        let decisions = machine.handle(event)
        servers[id]?.machine = .invite(machine)
        var effects: [Effect] = []
        for decision in decisions {
            switch decision {
            case .sendTrying: effects += transmitTrying(id)
            case .send(let response): effects += transmit(response.encoded(), id)
            case .deliverCancel:
                guard let cancel, let recipient = servers[id]?.recipient else { continue }
                effects.append(.deliver(.cancelled(id, cancel), to: recipient))
            case .start(let timer, let delay):
                effects.append(.start(.inviteServer(id, timer), after: delay))
            case .stop(let timer): effects.append(.stop(.inviteServer(id, timer)))
            case .fail(let failure): effects += report(failure, id)
            case .end: effects += end(id)
            }
        }
        return effects
    }

    mutating func feed(
        _ id: ServerTransactionID, _ event: NonInviteServerTransaction.Event
    ) -> [Effect] {
        guard case .nonInvite(var machine)? = servers[id]?.machine else { return [] }
        let decisions = machine.handle(event)
        servers[id]?.machine = .nonInvite(machine)
        var effects: [Effect] = []
        for decision in decisions {
            switch decision {
            case .sendTrying: effects += transmitTrying(id)
            case .send(let response): effects += transmit(response.encoded(), id)
            case .start(let timer, let delay):
                effects.append(.start(.nonInviteServer(id, timer), after: delay))
            case .stop(let timer): effects.append(.stop(.nonInviteServer(id, timer)))
            case .fail(let failure): effects += report(failure, id)
            case .end: effects += end(id)
            }
        }
        return effects
    }

    mutating func failServer(
        _ id: ServerTransactionID, _ failure: TransportFailure
    ) -> [Effect] {
        switch servers[id]?.machine {
        case .invite: feed(id, InviteServerTransaction.Event.transportFailed(failure))
        case .nonInvite: feed(id, NonInviteServerTransaction.Event.transportFailed(failure))
        case nil: []
        }
    }

    /// A new stream carries the transaction's responses from now on.
    mutating func move(_ id: ServerTransactionID, to flow: Flow) {
        guard let old = servers[id]?.flow else { return }
        removeServer(id, from: old)
        servers[id]?.flow = flow
        servers[id]?.isFlowClosed = false
        serversByFlow[flow, default: []].insert(id)
    }

    /// A device has come back: what answers its INVITEs goes by its new stream, and once more, for
    /// what went last may have gone down with the old one.
    mutating func moveServers(of place: FlowPlace, to heir: Flow) -> [Effect] {
        let moved = (serversByFlow[place.flow] ?? [])
            .filter { servers[$0]?.place == place && servers[$0]?.isFlowClosed == true }
            .sorted { $0.number < $1.number }
        return moved.flatMap { server -> [Effect] in
            move(server, to: heir)
            return feed(server, InviteServerTransaction.Event.retransmitted)
        }
    }

    private mutating func transmitTrying(_ id: ServerTransactionID) -> [Effect] {
        guard let trying = servers[id]?.trying else { return [] }
        return transmit(trying.encoded(), id)
    }

    /// §18.2.2: on the request's stream; where it is closed, on a new one to the sender.
    private mutating func transmit(_ bytes: [UInt8], _ id: ServerTransactionID) -> [Effect] {
        guard let entry = servers[id] else { return [] }
        guard entry.isFlowClosed else { return [.send(bytes, on: entry.flow)] }
        guard let target = entry.returnTarget else {
            return entry.place == nil ? failServer(id, .closed) : []
        }
        return wait(.response(bytes, id), for: target)
    }

    private func report(_ failure: TransactionFailure, _ id: ServerTransactionID) -> [Effect] {
        guard let recipient = servers[id]?.recipient else { return [] }
        return [.deliver(.unanswered(id, failure), to: recipient)]
    }

    private mutating func end(_ id: ServerTransactionID) -> [Effect] {
        guard let entry = servers.removeValue(forKey: id) else { return [] }
        if serverKeys[entry.key] == id { serverKeys[entry.key] = nil }
        if let key = entry.mergeKey, mergeKeys[key] == id { mergeKeys[key] = nil }
        if let half = entry.half, invitedHalves[half] == id { invitedHalves[half] = nil }
        if let key = entry.acknowledgementKey, acknowledgementKeys[key] == id {
            acknowledgementKeys[key] = nil
        }
        removeServer(id, from: entry.flow)
        return entry.recipient == .server(id) ? [.releaseServer(id)] : []
    }

    private mutating func removeServer(_ id: ServerTransactionID, from flow: Flow) {
        serversByFlow[flow]?.remove(id)
        if serversByFlow[flow]?.isEmpty == true { serversByFlow[flow] = nil }
    }
}
