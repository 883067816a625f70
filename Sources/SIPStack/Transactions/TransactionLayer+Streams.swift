import Platform

/// Messages that wait for a stream, and what becomes of them.
extension TransactionLayer {
    /// How many messages may wait for one stream; beyond it they fail.
    static var waitingLimit: Int { 1024 }

    mutating func wait(_ message: WaitingMessage, for target: StreamTarget) -> [Effect] {
        let isFirst = waiting[target] == nil
        guard waiting[target, default: []].count < Self.waitingLimit else {
            return fail(message, .overloaded)
        }
        waiting[target, default: []].append(message)
        return isFirst ? [.connect(target)] : []
    }

    mutating func launchWaiting(for target: StreamTarget, on flow: Flow) -> [Effect] {
        var effects: [Effect] = []
        for message in waiting.removeValue(forKey: target) ?? [] {
            switch message {
            case .client(let id):
                // Not one that has fallen back to a datagram, or has failed, meanwhile.
                guard let entry = clients[id], entry.flow == nil else { continue }
                forgetOrphan(id)
                effects += launchOrphans(ofDialogOf: entry.request, before: id, on: flow)
                effects.append(.stop(.connect(id)))
                effects += launch(id, on: flow)
            case .acknowledgement(let request, let branch):
                effects += transmit(request, branch: branch, on: flow)
            case .response(let bytes, let id):
                move(id, to: flow)
                effects.append(.send(bytes, on: flow))
            }
        }
        return effects
    }

    mutating func failWaiting(for target: StreamTarget, now: Instant) -> [Effect] {
        var effects: [Effect] = []
        for message in waiting.removeValue(forKey: target) ?? [] {
            if case .client(let id) = message, clients[id]?.fallback != nil {
                effects += fallBack(id, now: now)
            } else {
                effects += fail(message, .refused)
            }
        }
        return effects
    }

    /// The stream that a request waits for takes too long.
    mutating func giveUpStream(_ id: ClientTransactionID, now: Instant) -> [Effect] {
        guard let entry = clients[id], entry.flow == nil else { return [] }
        return entry.fallback == nil ? fail(id, .refused) : fallBack(id, now: now)
    }

    /// RFC 3261 §18.1.1: where no stream can be made, the datagram goes out although it is long.
    private mutating func fallBack(_ id: ClientTransactionID, now: Instant) -> [Effect] {
        guard let entry = clients[id], entry.flow == nil, let flow = entry.fallback else {
            return []
        }
        if deafAddresses.count >= settings.limits.deafAddresses { deafAddresses = [:] }
        deafAddresses[flow.remote] = now + settings.limits.deafLifetime
        clients[id]?.fallback = nil
        return [.stop(.connect(id))] + launch(id, on: flow)
    }

    /// So often a request is put on another stream: where a device's streams all break together, the
    /// one that is made first may be one of them.
    private static var rerouteLimit: Int { 2 }

    /// Requests within dialogs, and CANCELs, whose stream broke before their response go out
    /// again, by a stream to where the peer says it is, or by the one by which it comes back. Same
    /// branch, so that a peer that has them answers again.
    ///
    /// A request that begins a dialog stays on the flow of its registration, or fails with it.
    mutating func rerouteClients(on flow: Flow) -> [Effect] {
        let ids = (clientsByFlow[flow] ?? []).sorted { $0.number < $1.number }
        return ids.flatMap { id -> [Effect] in
            guard let entry = clients[id], entry.reroutes < Self.rerouteLimit,
                entry.isUnanswered,
                entry.request.to.tag != nil || entry.request.method == .cancel
            else { return [] }
            return reroute(id, brokenOff: flow)
        }
    }

    /// Nothing where neither a way back nor another one is known.
    mutating func reroute(_ id: ClientTransactionID, brokenOff flow: Flow) -> [Effect] {
        guard let request = clients[id]?.request else { return [] }
        let place = clients[id]?.home ?? FlowPlace(flow, of: request)
        let hop = flow.transport == .tcp ? request.numericNextHop : nil
        let target = hop.map { StreamTarget(transport: .tcp, remote: $0) }
        guard place != nil || target != nil else { return [] }
        displace(id)
        clients[id]?.reroutes += 1
        if let place { displaced.insert(place) }
        return waitForReturn(to: place, or: target, id)
    }

    /// Waits for a stream: the one by which the device comes back, or a new one to the target.
    mutating func waitForReturn(
        to place: FlowPlace?, or target: StreamTarget?, _ id: ClientTransactionID
    ) -> [Effect] {
        if let place {
            let dialog = clients[id].flatMap { HalfDialog(farOf: $0.request) }
            clients[id]?.place = place
            clients[id]?.home = place
            orphans.add(id, at: place, of: dialog)
        }
        return (target.map { wait(.client(id), for: $0) } ?? [])
            + [.start(.connect(id), after: settings.timing.patience)]
    }

    mutating func welcomeBack(_ place: FlowPlace, on flow: Flow) -> [Effect] {
        var effects = moveServers(of: place, to: flow)
        effects += moveInvites(to: place, by: flow)
        for orphan in orphans.removeAll(at: place) {
            guard let entry = clients[orphan], entry.flow == nil else { continue }
            clients[orphan]?.place = nil
            effects.append(.stop(.connect(orphan)))
            effects += launch(orphan, on: flow)
        }
        return effects
    }

    /// The other side of a dialog has shown itself by a stream: what waits for it goes there, before
    /// a later request does (RFC 3261 §12.2.2).
    mutating func launchOrphans(
        ofDialogOf request: Request, before id: ClientTransactionID, on flow: Flow
    ) -> [Effect] {
        guard let dialog = HalfDialog(farOf: request) else { return [] }
        return orphans.waiting(in: dialog, before: id).flatMap { orphan -> [Effect] in
            forgetOrphan(orphan)
            guard clients[orphan]?.flow == nil else { return [] }
            return [.stop(.connect(orphan))] + launch(orphan, on: flow)
        }
    }

    /// A device that rings has come back: what is still to say of its INVITE goes by its new stream.
    private mutating func moveInvites(to place: FlowPlace, by heir: Flow) -> [Effect] {
        let ids = (clientsByFlow[place.flow] ?? []).sorted { $0.number < $1.number }
        return ids.flatMap { invite -> [Effect] in
            guard let entry = clients[invite], entry.isFlowClosed,
                FlowPlace(place.flow, of: entry.request) == place
            else { return [] }
            removeClient(invite, from: place.flow)
            clients[invite]?.flow = heir
            clients[invite]?.isFlowClosed = false
            clientsByFlow[heir, default: []].insert(invite)
            return feed(invite, InviteClientTransaction.Event.returned)
        }
    }

    /// Who is waited for since a stream broke.
    func orphanedPlaces(of flow: Flow) -> Set<FlowPlace> {
        // What waits for a device may have gone by the stream of another name of it.
        var places = displaced.union(orphans.places(of: flow))
        for client in clientsByFlow[flow] ?? [] {
            guard let entry = clients[client], entry.isFlowClosed else { continue }
            if let place = FlowPlace(flow, of: entry.request) { places.insert(place) }
        }
        for server in serversByFlow[flow] ?? [] {
            if let place = servers[server]?.place { places.insert(place) }
        }
        return places
    }

    mutating func forgetOrphan(_ id: ClientTransactionID) {
        guard let place = clients[id]?.place else { return }
        clients[id]?.place = nil
        orphans.remove(id, at: place)
    }

    func isDeaf(_ address: SocketAddress, now: Instant) -> Bool {
        deafAddresses[address].map { now < $0 } ?? false
    }

    private mutating func fail(
        _ message: WaitingMessage, _ failure: TransportFailure
    ) -> [Effect] {
        switch message {
        case .client(let id):
            // One that may yet go by the stream of who comes back waits on.
            guard let entry = clients[id], entry.flow == nil, entry.place == nil else { return [] }
            return [.stop(.connect(id))] + fail(id, failure)
        case .acknowledgement: return [.drop(.unreachable)]
        case .response(_, let id):
            // One whose device may yet come back waits on, until its timers end it.
            return servers[id]?.place == nil ? failServer(id, failure) : []
        }
    }
}
