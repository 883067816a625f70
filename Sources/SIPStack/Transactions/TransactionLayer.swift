import Platform

/// The transactions of one shard: finds to which one each message belongs, and says what to do
/// (RFC 3261 §17, §18). The core of ``TransactionShard``.
struct TransactionLayer: Sendable {
    enum Event: Sendable {
        /// The bytes of a whole message, parsed; it, or what came before it, waited that long.
        case received(ParsedMessage, on: Flow, lateness: Duration = .zero)
        case send(Request, ClientTransactionID, by: Way, branch: String)
        /// The ACK of a 2xx to that INVITE of ours.
        case acknowledge(Request, of: ClientTransactionID?, by: Way, branch: String)
        case cancel(ClientTransactionID, reason: String?)
        case respond(Response, ServerTransactionID)
        case register(DialogID)
        case unregister(DialogID)
        case assign(ServerTransactionID)
        case timerFired(TimerName)
        /// The stream that `connect` asked for is there.
        case connected(StreamTarget, Flow)
        case notConnected(StreamTarget)
        case closed(Flow)
        case sendFailed(Flow)
        /// A device whose stream broke has come back by another.
        case replaced(FlowPlace, by: Flow)
    }

    enum Effect: Sendable, Equatable {
        case send([UInt8], on: Flow)
        /// Make a stream; `connected` or `notConnected` answers.
        case connect(StreamTarget)
        case start(TimerName, after: Duration)
        case stop(TimerName)
        case deliver(SIPEvent, to: Recipient)
        /// A client transaction is over: its sink may be forgotten.
        case release(ClientTransactionID)
        /// A server transaction is over: the sink that was assigned to it may be forgotten.
        case releaseServer(ServerTransactionID)
        /// A call was refused because messages wait; for who counts.
        case refusedCall
        /// A message was dropped, and why.
        case drop(DropReason)
    }

    /// Whose sink an event is for.
    enum Recipient: Hashable, Sendable {
        case standard
        case dialog(DialogID)
        case client(ClientTransactionID)
        case server(ServerTransactionID)
    }

    /// Why a message was dropped: counted by the owner.
    enum DropReason: String, Hashable, Sendable {
        /// Nothing that can be answered could be read.
        case unreadable
        /// A response that belongs to no transaction of ours.
        case strayResponse
        /// One that does, and whose Via names another sender than we did (RFC 3261 §18.1.2): a box on
        /// the way rewrites messages, and not back.
        case rewrittenResponse
        /// A request that could not be read whole, of a transaction that could.
        case damagedCopy
        /// An ACK that belongs to nothing.
        case strayAcknowledgement
        /// A response or ACK that no flow could take.
        case unreachable
        case tableFull
    }

    enum TimerName: Hashable, Sendable {
        case inviteClient(ClientTransactionID, InviteClientTransaction.Timer)
        case nonInviteClient(ClientTransactionID, NonInviteClientTransaction.Timer)
        case inviteServer(ServerTransactionID, InviteServerTransaction.Timer)
        case nonInviteServer(ServerTransactionID, NonInviteServerTransaction.Timer)
        /// The stream that a request waits for takes too long.
        case connect(ClientTransactionID)
    }

    let settings: TransactionSettings
    var clients: [ClientTransactionID: Shared<ClientEntry>] = [:]
    var clientKeys: [ClientTransactionKey: ClientTransactionID] = [:]
    /// INVITEs of ours that may yet make dialogs: requests can overtake what makes them known.
    var callingHalves: [HalfDialog: ClientTransactionID] = [:]
    var servers: [ServerTransactionID: Shared<ServerEntry>] = [:]
    var serverKeys: [ServerTransactionKey: ServerTransactionID] = [:]
    var mergeKeys: [MergeKey: ServerTransactionID] = [:]
    /// INVITEs from outside dialogs, by the caller's half: `register` ties them to the dialog.
    var invitedHalves: [HalfDialog: ServerTransactionID] = [:]
    var acknowledgementKeys: [AcknowledgementKey: ServerTransactionID] = [:]
    var dialogs: Set<DialogID> = []
    /// Live transactions by the flow they use; servers only on streams.
    var clientsByFlow: [Flow: Set<ClientTransactionID>] = [:]
    var serversByFlow: [Flow: Set<ServerTransactionID>] = [:]
    /// What waits for a stream, in order.
    var waiting: [StreamTarget: [WaitingMessage]] = [:]
    /// Requests within dialogs that wait for a device to come back, each for 64·T1 at most.
    var orphans = OrphanTable()
    /// Who is waited for since the last stream broke, because of what had gone by it.
    var displaced: Set<FlowPlace> = []
    /// Addresses that took no stream when an over-long datagram asked for one, and until when.
    var deafAddresses: [SocketAddress: Instant] = [:]
    var lastServerNumber: UInt64 = 0
    var lastInternalNumber: UInt64 = 0

    init(settings: TransactionSettings) {
        self.settings = settings
    }

    mutating func handle(_ event: Event, now: Instant) -> [Effect] {
        switch event {
        case .received(.request(let request), let flow, let lateness):
            receive(request, on: flow, lateness: lateness)
        case .received(.response(let response), let flow, _):
            receive(response, on: flow)
        case .received(.rejected(let rejection), let flow, _):
            answer(rejection, on: flow)
        case .received(.discarded, _, _):
            [.drop(.unreadable)]
        case .send(let request, let id, let way, let branch):
            send(request, id, by: way, branch: branch, now: now)
        case .acknowledge(let request, let id, let way, let branch):
            acknowledge(request, of: id, by: way, branch: branch)
        case .cancel(let id, let reason):
            feed(id, .cancel(.init(reason: reason)))
        case .respond(let response, let id):
            respond(response, id)
        case .register(let dialog):
            register(dialog)
        case .unregister(let dialog):
            unregister(dialog)
        case .assign(let id):
            assign(id)
        case .timerFired(let name):
            fire(name, now: now)
        case .connected(let target, let flow):
            launchWaiting(for: target, on: flow)
        case .notConnected(let target):
            failWaiting(for: target, now: now)
        case .closed(let flow):
            close(flow)
        case .sendFailed(let flow):
            failClients(on: flow, .sendFailed)
        case .replaced(let place, let heir):
            welcomeBack(place, on: heir)
        }
    }

    private mutating func fire(_ name: TimerName, now: Instant) -> [Effect] {
        switch name {
        case .inviteClient(let id, let timer): feed(id, .timerFired(timer))
        case .nonInviteClient(let id, let timer): feed(id, .timerFired(timer))
        case .inviteServer(let id, let timer): feed(id, .timerFired(timer))
        case .nonInviteServer(let id, let timer): feed(id, .timerFired(timer))
        case .connect(let id): giveUpStream(id, now: now)
        }
    }

    private mutating func register(_ dialog: DialogID) -> [Effect] {
        guard dialogs.count < settings.limits.dialogs else { return [.drop(.tableFull)] }
        dialogs.insert(dialog)
        let half = HalfDialog(sipCallID: dialog.sipCallID, tag: dialog.remoteTag)
        if let invite = invitedHalves[half], servers[invite]?.recipient == .standard {
            servers[invite]?.recipient = .dialog(dialog)
        }
        return []
    }

    private mutating func unregister(_ dialog: DialogID) -> [Effect] {
        dialogs.remove(dialog)
        return []
    }

    private mutating func assign(_ id: ServerTransactionID) -> [Effect] {
        guard servers[id] != nil else { return [.releaseServer(id)] }
        servers[id]?.recipient = .server(id)
        return []
    }

    private mutating func close(_ flow: Flow) -> [Effect] {
        for server in serversByFlow[flow] ?? [] { servers[server]?.isFlowClosed = true }
        displaced.removeAll(keepingCapacity: true)
        let rerouted = rerouteClients(on: flow)
        for client in clientsByFlow[flow] ?? [] where clients[client]?.request.method == .invite {
            clients[client]?.isFlowClosed = true
        }
        return rerouted + closeClients(on: flow)
            + [.deliver(.flowClosed(flow), to: .standard)]
    }
}
