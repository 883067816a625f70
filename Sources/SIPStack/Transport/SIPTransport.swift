import Platform
import Synchronization
import Wire

/// The way into the stack and out of it: takes the network's bytes, gives events, sends messages.
///
/// All calls about one Call-ID are ordered with each other, and so are the events about it. The
/// work is done by shards, as many as cores; the Call-ID chooses the shard.
///
///     network ─bytes─► SIPTransport ─message─► TransactionShard ─event─► sinks
///                      framing, keep-alives    parser, transactions
public final class SIPTransport: NetworkSink {
    private let world: World
    private let network: any SignallingNetwork
    private let listeningPorts: [TransportKind: UInt16]
    /// Who may come in; nil: everybody.
    private let doorkeeper: Doorkeeper?
    let streams: StreamTable
    let shards: [TransactionShard]
    private let lastNumber = Atomic<UInt64>(0)
    private let isStopped = Atomic<Bool>(false)

    /// - Parameters:
    ///   - shardCount: how many shards; the number of cores.
    ///   - defaultSink: takes what belongs to no dialog. See also `setDefaultSink`.
    public init(
        world: World, network: any SignallingNetwork, shardCount: Int,
        configuration: SIPTransportConfiguration, doorkeeper: Doorkeeper? = nil,
        defaultSink: (any SIPSink)? = nil
    ) {
        self.doorkeeper = doorkeeper
        self.world = world
        self.network = network
        listeningPorts = configuration.listeningPorts
        let streams = StreamTable(limits: configuration.messageLimits)
        self.streams = streams
        let tagKey = world.random.bytes(32)
        shards = (0..<max(1, min(shardCount, 256))).map { number in
            TransactionShard(
                number: number, world: world, network: network, streams: streams,
                configuration: configuration, tagKey: tagKey)
        }
        if let defaultSink { setDefaultSink(defaultSink) }
    }

    /// The sink of what belongs to no dialog. Set once, before the network starts, where it could
    /// not be given to `init`.
    public func setDefaultSink(_ sink: any SIPSink) {
        for shard in shards { shard.mailbox.post(.defaultSink(sink)) }
    }

    // MARK: From above

    /// Opens a client transaction: adds our Via and sends. The sink gets its responses.
    ///
    /// The request has no Via yet. It gets Max-Forwards where it has none. Addressed to UDP and
    /// longer than 1300 bytes it goes by TCP, unless the other side takes no stream.
    public func send(
        _ request: Request, to destination: Destination, sink: any SIPSink
    ) -> ClientTransactionID {
        let number = lastNumber.add(1, ordering: .relaxed).newValue
        let index = shardIndex(CallIDSearch.hash(request.callID))
        let transactionID = ClientTransactionID(
            shard: UInt16(truncatingIfNeeded: index), number: number)
        let message = TransactionShard.Message.send(
            request, transactionID, to: destination, sink: sink)
        if isStopped.load(ordering: .acquiring) {
            sink.post(.failed(transactionID, .transport(.stopped)))
        } else if !shards[index].mailbox.post(message) {
            sink.post(.failed(transactionID, .transport(.overloaded)))
        }
        return transactionID
    }

    /// Sends the ACK of a 2xx (RFC 3261 §13.2.2.4).
    ///
    /// - Parameter invite: the transaction of the INVITE, where it is known: while it lives, the ACK
    ///   is said again for each 2xx that comes again.
    public func acknowledge(
        _ acknowledgement: Request, of invite: ClientTransactionID?, to destination: Destination
    ) {
        shard(of: acknowledgement.callID).mailbox
            .post(.acknowledge(acknowledgement, of: invite, to: destination))
    }

    /// Sends CANCEL for an INVITE, at once or as soon as a provisional response has come
    /// (RFC 3261 §9.1). Nothing where a final response has come.
    ///
    /// - Parameter reason: the text of the CANCEL's Reason field (RFC 3326).
    public func cancel(_ id: ClientTransactionID, reason: String?) {
        guard shards.indices.contains(Int(id.shard)) else { return }
        shards[Int(id.shard)].mailbox.post(.cancel(id, reason: reason))
    }

    /// Sends a response. A 2xx to an INVITE may be sent again until its ACK has come.
    ///
    /// A To without a tag gets one, but for a 100.
    public func respond(_ response: Response, to id: ServerTransactionID) {
        guard shards.indices.contains(Int(id.shard)) else { return }
        shards[Int(id.shard)].mailbox.post(.respond(response, to: id))
    }

    /// From now on the dialog's requests and ACKs come to this sink, and what happens to the INVITE
    /// that began it (`cancelled`, `unanswered`).
    public func register(_ dialog: DialogID, sink: any SIPSink) {
        shard(of: dialog.sipCallID).mailbox.post(.register(dialog, sink: sink))
    }

    /// Requests within the dialog are answered with 481 from now on.
    public func unregister(_ dialog: DialogID) {
        shard(of: dialog.sipCallID).mailbox.post(.unregister(dialog))
    }

    /// Who a dialog's requests go to, told from the stack's own thread; nil where nobody has it.
    public func find(
        _ dialog: DialogID, then: @escaping @Sendable ((any SIPSink)?) -> Void
    ) {
        if !shard(of: dialog.sipCallID).mailbox.post(.find(dialog, reply: then)) { then(nil) }
    }

    /// From now on the events of a server transaction (`cancelled`, `unanswered`) come to this sink;
    /// what was on its way still comes to the one before.
    public func assign(_ id: ServerTransactionID, to sink: any SIPSink) {
        guard shards.indices.contains(Int(id.shard)) else { return }
        shards[Int(id.shard)].mailbox.post(.assign(id, sink: sink))
    }

    /// A device that was at a stream's far end has come back by another: what its dialogs send goes
    /// there, also what has waited since the old one broke.
    ///
    /// - Parameter contact: what the device calls itself, in REGISTER as in its dialogs.
    public func replace(_ flow: Flow, of contact: URI, by heir: Flow) {
        guard flow != heir, let place = FlowPlace(flow, contact: contact) else { return }
        streams.replace(place, by: heir)
        for shard in shards { shard.mailbox.post(.replaced(place, by: heir)) }
    }

    /// Whether messages can still go by a flow: false for a stream that is gone.
    public func isOpen(_ flow: Flow) -> Bool {
        streams.isOpen(flow)
    }

    /// The flow that a request there takes, as far as it can be known before: what we must say of
    /// ourselves in a Contact. Of a stream that we open it bears our listener's port, where others
    /// reach us. Nil where no listener leads there.
    public func prospectiveFlow(to destination: Destination) -> Flow? {
        switch destination {
        case .flow(let flow):
            return flow
        case .address(let transport, let remote):
            return prospectiveFlow(StreamTarget(transport: transport, remote: remote))
        case .certified(let remote, let name):
            return prospectiveFlow(StreamTarget(transport: .tls, remote: remote, name: name))
        }
    }

    private func prospectiveFlow(_ target: StreamTarget) -> Flow? {
        let open = target.transport == .udp ? nil : streams.flow(to: target)
        guard var flow = open ?? network.datagramFlow(to: target.remote) else { return nil }
        guard target.transport != .udp else { return flow }
        flow.transport = target.transport
        flow.local.port = listeningPorts[target.transport] ?? target.transport.defaultPort
        return flow
    }

    /// Stops the stack: takes and gives nothing any more, and forgets its sinks. Requests under way
    /// get no event any more; new ones fail as stopped.
    public func close() {
        isStopped.store(true, ordering: .releasing)
        for shard in shards { shard.mailbox.post(.stop) }
    }

    // MARK: From the network

    public func admits(_ remote: IPAddress, at now: Instant) -> Bool {
        doorkeeper?.admits(remote, now: now) ?? true
    }

    public func receive(_ event: NetworkEvent) {
        switch event {
        case .received(let bytes, let flow, let instant):
            if flow.transport.isMessageFramed {
                receiveWhole(bytes, on: flow, at: instant)
            } else if isBanned(flow) {
                network.close(flow)
            } else {
                receivePart(bytes, on: flow, at: instant)
            }
        case .opened(let flow, nil) where isBanned(flow):
            network.close(flow)
        case .opened(let flow, let attempt):
            guard let (target, waiting) = streams.opened(flow, attempt: attempt) else { return }
            for index in waiting { shards[index].mailbox.post(.connected(target, flow)) }
        case .refused(let attempt, let reason):
            guard let (target, waiting) = streams.refused(attempt) else { return }
            // A provider that is not who it should be is worth a look.
            world.recorder.record(
                target.name == nil ? .debug : .warning, "sip.streamRefused",
                [("to", "\(target.remote)"), ("why", reason)])
            for index in waiting { shards[index].mailbox.post(.notConnected(target)) }
        case .closed(let flow):
            guard streams.closed(flow) else { return }
            for shard in shards { shard.mailbox.post(.closed(flow)) }
        case .sendFailed(let flow, let reason):
            world.recorder.record(
                .debug, "sip.sendFailed", [("flow", "\(flow)"), ("why", reason)])
            for shard in shards { shard.mailbox.post(.sendFailed(flow)) }
        }
    }

    /// A datagram or WebSocket message.
    private func receiveWhole(_ bytes: [UInt8], on flow: Flow, at instant: Instant) {
        if flow.transport == .udp, STUNMessage.isLikely(bytes) {
            if let answer = STUNMessage.bindingAnswer(to: bytes, from: flow.remote) {
                network.send(answer, on: flow)
            }
            return
        }
        guard bytes.contains(where: { $0 > 32 }) else {
            // Line breaks and zeros keep a NAT's door open. Nobody expects an answer to a datagram;
            // a WebSocket client pings as a stream does (RFC 7118 §6).
            if flow.transport != .udp, bytes == [13, 10, 13, 10] {
                network.send([13, 10], on: flow)
            }
            return
        }
        post(bytes, .datagram, on: flow, at: instant)
    }

    /// The next bytes of a stream.
    private func receivePart(_ bytes: [UInt8], on flow: Flow, at instant: Instant) {
        for framed in streams.frame(bytes, on: flow) {
            switch framed {
            case .message(let message):
                // A stream that was accepted can carry more than its source may send.
                guard admits(flow.remote.address, at: instant) else { continue }
                post(message, .stream, on: flow, at: instant)
            case .keepAlivePing: network.send([13, 10], on: flow)
            case .keepAlivePong: break
            case .broken(let error):
                world.recorder.record(
                    .info, "sip.streamBroken",
                    [("flow", "\(flow)"), ("why", "\(error.kind)"), ("at", "\(error.offset)")])
                network.close(flow)
            }
        }
    }

    private func isBanned(_ flow: Flow) -> Bool {
        doorkeeper?.isBanned(flow.remote.address, now: world.time.now) ?? false
    }

    private func post(
        _ message: [UInt8], _ framing: MessageFraming, on flow: Flow, at instant: Instant
    ) {
        let index = CallIDSearch.hash(in: message).map(shardIndex) ?? 0
        shards[index].mailbox.post(.received(message, framing, on: flow, at: instant))
    }

    private func shard(of sipCallID: String) -> TransactionShard {
        shards[shardIndex(CallIDSearch.hash(sipCallID))]
    }

    private func shardIndex(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash % UInt64(shards.count))
    }
}
