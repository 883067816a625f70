import Platform

/// Owns the transactions of the Call-IDs that fall to it: parses, feeds the layer, sends, keeps the
/// deadlines, and hands events to the sinks.
actor TransactionShard: MailboxOwner {
    enum Message: Sendable {
        /// The bytes of one whole message.
        case received([UInt8], MessageFraming, on: Flow, at: Instant)
        case send(Request, ClientTransactionID, to: Destination, sink: any SIPSink)
        case acknowledge(Request, of: ClientTransactionID?, to: Destination)
        case cancel(ClientTransactionID, reason: String?)
        case respond(Response, to: ServerTransactionID)
        case register(DialogID, sink: any SIPSink)
        case unregister(DialogID)
        case assign(ServerTransactionID, sink: any SIPSink)
        case find(DialogID, reply: @Sendable ((any SIPSink)?) -> Void)
        case connected(StreamTarget, Flow)
        case notConnected(StreamTarget)
        case closed(Flow)
        case sendFailed(Flow)
        case replaced(FlowPlace, by: Flow)
        case defaultSink(any SIPSink)
        case count(reply: @Sendable (TransportCensus) -> Void)
        case alarm
        case stop
    }

    nonisolated let mailbox = Mailbox<TransactionShard>()
    private let number: Int
    private let world: World
    private let network: any SignallingNetwork
    private let load: LoadGauge
    private let streams: StreamTable
    private var parser: MessageParser
    private var layer: TransactionLayer
    private var deadlines = DeadlineTable<TransactionLayer.TimerName>()
    private let alarm: any Alarm
    private var alarmDeadline: Instant?
    private var defaultSink: (any SIPSink)?
    private var dialogSinks: [DialogID: any SIPSink] = [:]
    private var clientTransactionSinks: [ClientTransactionID: any SIPSink] = [:]
    private var serverTransactionSinks: [ServerTransactionID: any SIPSink] = [:]

    init(
        number: Int, world: World, network: any SignallingNetwork, streams: StreamTable,
        configuration: SIPTransportConfiguration, tagKey: [UInt8]
    ) {
        self.number = number
        self.world = world
        self.network = network
        load = configuration.load
        self.streams = streams
        parser = MessageParser(limits: configuration.messageLimits)
        layer = TransactionLayer(
            settings: TransactionSettings(
                shard: UInt16(truncatingIfNeeded: number), configuration: configuration,
                tagKey: tagKey))
        alarm = world.timers.makeAlarm { [mailbox] in mailbox.post(.alarm) }
        mailbox.bind(to: self, on: world.executor)
    }

    func handle(_ message: Message) {
        let now = world.time.now
        // First what was due before this message: a full mailbox may have swallowed the alarm.
        while let name = deadlines.popDue(now: now) { perform(.timerFired(name), now) }
        switch message {
        case .received(let bytes, let framing, let flow, let came):
            let lateness = max(now - came, load.lateness(now: now))
            perform(
                .received(
                    parser.parse(bytes, framing: framing), on: flow, lateness: lateness), now)
        case .send(let request, let id, let destination, let sink):
            clientTransactionSinks[id] = sink
            let way = way(of: request, to: destination)
            perform(.send(request, id, by: way, branch: newBranch()), now)
        case .acknowledge(let request, let id, let destination):
            let way = way(of: request, to: destination)
            perform(.acknowledge(request, of: id, by: way, branch: newBranch()), now)
        case .cancel(let id, let reason):
            perform(.cancel(id, reason: reason), now)
        case .respond(let response, let id):
            perform(.respond(response, id), now)
        case .register(let dialog, let sink):
            perform(.register(dialog), now)
            if layer.dialogs.contains(dialog) { dialogSinks[dialog] = sink }
        case .unregister(let dialog):
            perform(.unregister(dialog), now)
            dialogSinks[dialog] = nil
        case .assign(let id, let sink):
            serverTransactionSinks[id] = sink
            perform(.assign(id), now)
        case .find(let dialog, let reply):
            reply(dialogSinks[dialog])
        case .connected(let target, let flow):
            perform(.connected(target, flow), now)
        case .notConnected(let target):
            perform(.notConnected(target), now)
        case .closed(let flow):
            perform(.closed(flow), now)
            // Who came back before its old stream was known to be broken.
            let places = layer.orphanedPlaces(of: flow).sorted { $0.port < $1.port }
            for place in places {
                if let heir = streams.heir(of: place) { perform(.replaced(place, by: heir), now) }
            }
        case .sendFailed(let flow):
            perform(.sendFailed(flow), now)
        case .replaced(let place, let heir):
            perform(.replaced(place, by: heir), now)
        case .defaultSink(let sink):
            defaultSink = sink
        case .count(let reply):
            reply(census)
        case .alarm:
            alarmDeadline = nil
        case .stop:
            return stop()
        }
        setAlarm()
    }

    private var census: TransportCensus {
        var census = layer.census
        census.sinks =
            dialogSinks.count + clientTransactionSinks.count + serverTransactionSinks.count
        census.deadlines = deadlines.count
        return census
    }

    private func perform(_ event: TransactionLayer.Event, _ now: Instant) {
        for effect in layer.handle(event, now: now) {
            switch effect {
            case .send(let bytes, let flow): network.send(bytes, on: flow)
            case .connect(let target): connect(target)
            case .start(let name, let delay): deadlines.set(name, at: now + delay)
            case .stop(let name): deadlines.cancel(name)
            case .deliver(let event, let recipient): sink(of: recipient)?.post(event)
            case .release(let id): clientTransactionSinks[id] = nil
            case .releaseServer(let id): serverTransactionSinks[id] = nil
            case .refusedCall: load.noteRefusal()
            case .drop(let reason):
                // Without a word of it nobody would find out why calls fail.
                world.recorder.record(
                    reason == .rewrittenResponse ? .warning : .debug, "sip.dropped",
                    [("why", reason.rawValue)])
            }
        }
    }

    private func sink(of recipient: TransactionLayer.Recipient) -> (any SIPSink)? {
        switch recipient {
        case .standard: defaultSink
        case .dialog(let dialog): dialogSinks[dialog]
        case .client(let id): clientTransactionSinks[id]
        case .server(let id): serverTransactionSinks[id]
        }
    }

    private func connect(_ target: StreamTarget) {
        switch streams.want(target, shard: number) {
        case .open(let flow): mailbox.post(.connected(target, flow))
        case .underWay: break
        case .begin(let attempt):
            network.connect(
                attempt, transport: target.transport, to: target.remote,
                certifiedFor: target.name)
        }
    }

    /// A request within a dialog whose stream is gone goes by the one by which the device came back,
    /// or to where the peer says it is, or waits; any other stays on the flow that it is for, or
    /// fails.
    private func way(of request: Request, to destination: Destination) -> Way {
        guard request.to.tag != nil, case .flow(let flow) = destination, !streams.isOpen(flow)
        else { return way(to: destination) }
        let place = FlowPlace(flow, of: request)
        if let heir = place.flatMap(streams.heir) { return .flow(heir) }
        guard flow.transport == .tcp, let hop = request.numericNextHop else {
            return place.map { .orphan($0, target: nil) } ?? .none(.closed)
        }
        let direct = way(to: .address(.tcp, hop))
        guard let place, case .connect(let target) = direct else { return direct }
        return .orphan(place, target: target)
    }

    private func way(to destination: Destination) -> Way {
        switch destination {
        case .flow(let flow):
            return streams.isOpen(flow) ? .flow(flow) : .none(.closed)
        case .certified(let remote, let name):
            let target = StreamTarget(transport: .tls, remote: remote, name: name)
            return streams.flow(to: target).map(Way.flow) ?? .connect(target)
        case .address(let transport, let remote):
            let target = StreamTarget(transport: transport, remote: remote)
            switch transport {
            case .udp:
                guard let flow = network.datagramFlow(to: remote) else {
                    return .none(.unreachable)
                }
                let stream = StreamTarget(transport: .tcp, remote: remote)
                return .datagram(flow, stream: streams.flow(to: stream))
            case .tcp, .tls:
                return streams.flow(to: target).map(Way.flow) ?? .connect(target)
            case .ws, .wss:
                // A browser calls us; we cannot call it.
                return streams.flow(to: target).map(Way.flow) ?? .none(.unreachable)
            }
        }
    }

    /// 80 bits that nobody foresees, after the cookie of RFC 3261 §8.1.1.7.
    private func newBranch() -> String { "z9hG4bK" + world.random.token(16) }

    private func setAlarm() {
        let earliest = deadlines.earliest
        guard earliest != alarmDeadline else { return }
        alarmDeadline = earliest
        alarm.set(earliest)
    }

    private func stop() {
        alarm.set(nil)
        defaultSink = nil
        dialogSinks = [:]
        clientTransactionSinks = [:]
        serverTransactionSinks = [:]
        mailbox.close()
    }
}
