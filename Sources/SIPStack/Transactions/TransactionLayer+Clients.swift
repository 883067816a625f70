import Platform

/// Client transactions: sending, responses, timers.
extension TransactionLayer {
    /// A request above this many bytes goes by a stream (RFC 3261 §18.1.1).
    static var longestDatagram: Int { 1300 }

    mutating func send(
        _ request: Request, _ id: ClientTransactionID, by way: Way, branch: String, now: Instant
    ) -> [Effect] {
        guard clients.count < settings.limits.clientTransactions else {
            let failure = SIPEvent.failed(id, .transport(.overloaded))
            return [.deliver(failure, to: .client(id)), .release(id)]
        }
        var request = request
        if request.maxForwards == nil { request.maxForwards = 70 }
        insert(request, id, branch: branch, isInternal: false)
        switch way {
        case .flow(let flow):
            return launchOrphans(ofDialogOf: request, before: id, on: flow)
                + launch(id, on: flow)
        case .datagram(let flow, let stream):
            place(id, on: flow)
            let length = clients[id]?.bytes.count ?? 0
            guard length > Self.longestDatagram, !isDeaf(flow.remote, now: now) else {
                return begin(id)
            }
            if let stream { return launch(id, on: stream) }
            displace(id)
            clients[id]?.fallback = flow
            let target = StreamTarget(transport: .tcp, remote: flow.remote)
            return wait(.client(id), for: target)
                + [.start(.connect(id), after: settings.timing.streamPatience)]
        case .connect(let target):
            return wait(.client(id), for: target)
                + [.start(.connect(id), after: settings.timing.patience)]
        case .orphan(let place, let target):
            return waitForReturn(to: place, or: target, id)
        case .none(let failure):
            return fail(id, failure)
        }
    }

    mutating func insert(
        _ request: Request, _ id: ClientTransactionID, branch: String, isInternal: Bool
    ) {
        let timing = settings.timing
        let machine: ClientEntry.Machine =
            request.method == .invite
            ? .invite(InviteClientTransaction(timing: timing, isReliable: true))
            : .nonInvite(
                NonInviteClientTransaction(
                    timing: timing, isReliable: true, makesDialog: request.method == .subscribe))
        let entry = ClientEntry(
            machine: machine, request: request, branch: branch, isInternal: isInternal)
        clients[id] = Shared(entry)
        clientKeys[entry.key] = id
        if let half = entry.half { callingHalves[half] = id }
    }

    /// Gives the request its Via, and so its bytes, for a flow.
    private mutating func place(_ id: ClientTransactionID, on flow: Flow) {
        displace(id)
        guard let branch = clients[id]?.branch else { return }
        let sentBy = settings.sentBy(flow)
        let via = via(for: flow, sentBy: sentBy, branch: branch)
        clients[id]?.value.place(on: flow, sentBy: sentBy, via: via)
        clientsByFlow[flow, default: []].insert(id)
    }

    /// Takes the request off its flow: it waits for another.
    mutating func displace(_ id: ClientTransactionID) {
        guard let flow = clients[id]?.flow else { return }
        clients[id]?.flow = nil
        removeClient(id, from: flow)
    }

    mutating func removeClient(_ id: ClientTransactionID, from flow: Flow) {
        clientsByFlow[flow]?.remove(id)
        if clientsByFlow[flow]?.isEmpty == true { clientsByFlow[flow] = nil }
    }

    func via(for flow: Flow, sentBy: SocketAddress, branch: String) -> Via {
        Via(
            transport: flow.transport, host: .ip(sentBy.address), port: sentBy.port,
            branch: branch, rport: flow.transport == .udp ? .requested : .absent)
    }

    /// Sends the request by a flow for the first time.
    mutating func launch(_ id: ClientTransactionID, on flow: Flow) -> [Effect] {
        place(id, on: flow)
        return begin(id)
    }

    private mutating func begin(_ id: ClientTransactionID) -> [Effect] {
        switch clients[id]?.machine {
        case .invite: feed(id, InviteClientTransaction.Event.begin)
        case .nonInvite: feed(id, NonInviteClientTransaction.Event.begin)
        case nil: []
        }
    }

    mutating func fail(_ id: ClientTransactionID, _ failure: TransportFailure) -> [Effect] {
        switch clients[id]?.machine {
        case .invite: feed(id, InviteClientTransaction.Event.transportFailed(failure))
        case .nonInvite: feed(id, NonInviteClientTransaction.Event.transportFailed(failure))
        case nil: []
        }
    }

    /// Every client transaction on a flow learns that it failed; in the order of their making.
    mutating func failClients(on flow: Flow, _ failure: TransportFailure) -> [Effect] {
        let ids = (clientsByFlow[flow] ?? []).sorted { $0.number < $1.number }
        return ids.flatMap { fail($0, failure) }
    }

    /// The same where it is closed: an INVITE may have arrived all the same.
    mutating func closeClients(on flow: Flow) -> [Effect] {
        let ids = (clientsByFlow[flow] ?? []).sorted { $0.number < $1.number }
        return ids.flatMap { id in
            // Within a dialog it changes a session whose owner goes on with it.
            guard case .invite? = clients[id]?.machine, clients[id]?.request.to.tag == nil else {
                return fail(id, .closed)
            }
            return feed(id, InviteClientTransaction.Event.flowClosed)
        }
    }

    /// Finds the transaction of a response (RFC 3261 §17.1.3, §18.1.2).
    mutating func receive(_ response: Response, on flow: Flow) -> [Effect] {
        // §8.1.3.3: a response with more than our Via was meant for a proxy.
        guard response.vias.count == 1, let via = response.vias.first, let branch = via.branch,
            let id = clientKeys[.init(branch: branch, method: response.cSeq.method)],
            let entry = clients[id], let sentBy = entry.sentBy,
            response.callID == entry.request.callID
        else { return [.drop(.strayResponse)] }
        guard via.host == .ip(sentBy.address), via.effectivePort == sentBy.port else {
            return [.drop(.rewrittenResponse)]
        }
        switch entry.machine {
        case .invite:
            return feed(id, InviteClientTransaction.Event.response(response), on: flow)
        case .nonInvite:
            return feed(id, NonInviteClientTransaction.Event.response(response), on: flow)
        }
    }

    mutating func feed(
        _ id: ClientTransactionID, _ event: InviteClientTransaction.Event, on flow: Flow? = nil
    ) -> [Effect] {
        guard case .invite(var machine)? = clients[id]?.machine else { return [] }
        let decisions = machine.handle(event)
        clients[id]?.machine = .invite(machine)
        var effects: [Effect] = []
        for decision in decisions {
            switch decision {
            case .send: effects += transmit(id)
            case .acknowledge(let response):
                effects += acknowledgeFailure(id, response, on: flow)
            case .sendCancel(let cancellation): effects += sendCancel(of: id, cancellation)
            case .deliver(let response): effects += deliver(response, id, on: flow)
            case .start(let timer, let delay):
                effects.append(.start(.inviteClient(id, timer), after: delay))
            case .stop(let timer): effects.append(.stop(.inviteClient(id, timer)))
            case .fail(let failure): effects += report(failure, id)
            case .abandon: effects += abandon(id)
            case .end: effects += end(id)
            }
        }
        return effects
    }

    mutating func feed(
        _ id: ClientTransactionID, _ event: NonInviteClientTransaction.Event, on flow: Flow? = nil
    ) -> [Effect] {
        guard case .nonInvite(var machine)? = clients[id]?.machine else { return [] }
        let decisions = machine.handle(event)
        clients[id]?.machine = .nonInvite(machine)
        var effects: [Effect] = []
        for decision in decisions {
            switch decision {
            case .send: effects += transmit(id)
            case .deliver(let response): effects += deliver(response, id, on: flow)
            case .start(let timer, let delay):
                effects.append(.start(.nonInviteClient(id, timer), after: delay))
            case .stop(let timer): effects.append(.stop(.nonInviteClient(id, timer)))
            case .fail(let failure): effects += report(failure, id)
            case .end: effects += end(id)
            }
        }
        return effects
    }

    private func transmit(_ id: ClientTransactionID) -> [Effect] {
        guard let entry = clients[id], let flow = entry.flow else { return [] }
        return [.send(entry.bytes, on: flow)]
    }

    private mutating func deliver(
        _ response: Response, _ id: ClientTransactionID, on flow: Flow?
    ) -> [Effect] {
        guard let entry = clients[id], let flow = flow ?? entry.flow else { return [] }
        if let again = acknowledgeAgain(response, of: id, on: flow) { return again }
        guard !entry.isInternal else { return dismiss(response, of: id, on: flow) }
        return [.deliver(.response(response, id, on: flow), to: .client(id))]
    }

    private func report(_ failure: TransactionFailure, _ id: ClientTransactionID) -> [Effect] {
        guard clients[id]?.isInternal == false else { return [] }
        return [.deliver(.failed(id, failure), to: .client(id))]
    }

    private mutating func end(_ id: ClientTransactionID) -> [Effect] {
        forgetOrphan(id)
        guard let entry = clients.removeValue(forKey: id) else { return [] }
        if clientKeys[entry.key] == id { clientKeys[entry.key] = nil }
        if let half = entry.half, callingHalves[half] == id { callingHalves[half] = nil }
        if let flow = entry.flow { removeClient(id, from: flow) }
        return entry.isInternal ? [] : [.release(id)]
    }

    /// The ACK of a non-2xx response: the INVITE's Via, its way, the response's To (§17.1.1.3).
    ///
    /// - Parameter arrival: the flow of the response: the INVITE's own may have broken.
    private func acknowledgeFailure(
        _ id: ClientTransactionID, _ response: Response, on arrival: Flow?
    ) -> [Effect] {
        guard let entry = clients[id], let own = entry.flow else { return [] }
        let flow = entry.isFlowClosed ? arrival ?? own : own
        var acknowledgement = followUp(to: entry.request, .ack)
        acknowledgement.to = response.to
        return [.send(acknowledgement.encoded(), on: flow)]
    }

    /// CANCEL is a transaction of its own with the INVITE's branch (§9.1).
    private mutating func sendCancel(
        of id: ClientTransactionID, _ cancellation: InviteClientTransaction.Cancellation
    ) -> [Effect] {
        guard let entry = clients[id], let flow = entry.flow else { return [] }
        var cancel = followUp(to: entry.request, .cancel)
        if let reason = cancellation.reason { cancel.fields[.reason] = reason }
        lastInternalNumber += 1
        let cancelID = ClientTransactionID(
            shard: settings.shard, number: ClientTransactionID.firstInternal + lastInternalNumber)
        insert(cancel, cancelID, branch: entry.branch, isInternal: true)
        if entry.isFlowClosed {
            let effects = reroute(cancelID, brokenOff: flow)
            if !effects.isEmpty { return effects }
        }
        return launch(cancelID, on: flow)
    }

    private func followUp(to request: Request, _ method: Method) -> Request {
        var next = Request(
            method: method, uri: request.uri, vias: request.vias, from: request.from,
            to: request.to, callID: request.callID,
            cSeq: CSeq(number: request.cSeq.number, method: method))
        next.maxForwards = 70
        next.fields.append(.route, from: request.fields)
        return next
    }
}

extension ClientTransactionID {
    /// Numbers above this are the stack's own transactions.
    static var firstInternal: UInt64 { 1 << 63 }
}
