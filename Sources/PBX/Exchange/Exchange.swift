import Media
import Platform
import SIPStack

/// The running PBX: takes every request that starts something, finds out who sent it, and hands it
/// to its owner (a call, an extension, the messenger).
public actor Exchange: MailboxOwner {
    public enum Message: Sendable {
        /// With the instant of posting: what waits too long has calls refused.
        case sip(SIPEvent, at: Instant)
        case configurationChanged(Revision)
        case callChanged(CallGlance)
        case callEnded(CallID, ServerTransactionID)
        case listCalls(reply: @Sendable ([CallListing]) -> Void)
        case listBindings(reply: @Sendable ([BindingRecord]) -> Void)
        /// Nil where the call is neither up nor among the last.
        case showCall(CallID, reply: @Sendable (CallStory?) -> Void)
        case readMetrics(posted: Instant, reply: @Sendable (PrometheusText) -> Void)
        case takeCensus(reply: @Sendable (ExchangeCensus) -> Void)
        case hangUp(CallID, EndReason, reply: @Sendable (Bool) -> Void)
        case restore([BindingRecord])
        case endDialogs([DialogRecord])
        /// Messages can leave: trunks sign in.
        case networkStarted
        case trunkChanged(TrunkView)
        case listTrunks(reply: @Sendable ([TrunkListing]) -> Void)
        /// A call looks for phones to ring.
        case seek(TargetSearch)
        /// Has something done to a call; the reply says whether it could be.
        case order(CallID, CallOrder, reply: @Sendable (Bool) -> Void)
        /// Somebody is at the door of a conference.
        case knock(ConferenceGuest, at: ConferenceID)
        /// Nobody is left there, of those who had knocked by then.
        case conferenceEmpty(ConferenceID, knocks: Int)
        /// The leg that an INVITE with Replaces names; nil where there is none.
        case legFound(FoundLeg)
        case storeStalled(StoreError)
        /// The disk has taken what waited for it: so many transactions.
        case storeResumed(Int)
        /// New calls are refused; `drained` is called when the last one is gone.
        case drain(hangUp: Bool, drained: @Sendable () -> Void)
        /// New calls are refused until it is taken back; the reply says how many are up.
        case refuseCalls(Bool, reply: @Sendable (Int) -> Void)
    }

    public nonisolated let mailbox = Mailbox<Exchange>()
    let world: World
    let transport: SIPTransport
    let media: any MediaPlane
    let store: Store
    let mint: GRUUMint
    let configuration: ExchangeConfiguration
    var directory: Directory
    var gatekeeper: Gatekeeper
    /// Whose messages are looked at.
    nonisolated let doorkeeper: Doorkeeper
    var extensions: [ExtensionID: Extension] = [:]
    var calls: [CallID: (call: Call, glance: CallGlance)] = [:]
    /// There are no more than calls.
    var rooms: [ConferenceID: Room] = [:]
    /// How many calls that are up each extension began.
    var begunCalls: [ExtensionID: Int] = [:]
    /// Which call an INVITE began, while it is up.
    var callOf: [ServerTransactionID: CallID] = [:]
    let locator: HopLocator
    nonisolated let recordings: RecordingDesk?
    nonisolated let faxes: FaxDesk?
    var trunks: [TrunkID: Trunk] = [:]
    /// Trunks that sign out.
    var leavingTrunks: [Trunk] = []
    /// What the trunks told last.
    var trunkViews: [TrunkID: TrunkView] = [:]
    var hasNetwork = false
    let messenger: Messenger
    /// What changes in the exchange, for everybody who looks on.
    public nonisolated let events: EventStream
    let journal = CallJournal()
    nonisolated let eventDesk: EventDesk
    let subscriptions: SubscriptionDesk
    let liveCalls = LiveCount()
    /// For metrics.
    var tally = ExchangeTally()
    /// While the disk takes nothing: when it is asked again, and after how long then.
    var storeAlarm: (any Alarm)?
    var storeRetryPause: Duration?
    private var drained: (@Sendable () -> Void)?
    /// An administrator wants no new calls.
    private var refusesCalls = false

    public init(
        world: World, transport: SIPTransport, media: any MediaPlane, names: any NameResolver,
        store: Store, configuration: ExchangeConfiguration, directory: Directory,
        doorkeeper: Doorkeeper, gruuKey: [UInt8]
    ) {
        self.doorkeeper = doorkeeper
        mint = GRUUMint(key: gruuKey, host: configuration.host)
        self.world = world
        self.transport = transport
        self.media = media
        self.store = store
        self.configuration = configuration
        self.directory = directory
        gatekeeper = Gatekeeper(
            configuration: configuration, random: world.random, doorkeeper: doorkeeper)
        events = EventStream(time: world.time, random: world.random)
        eventDesk = EventDesk(world: world, events: events)
        subscriptions = SubscriptionDesk(
            world: world, transport: transport, configuration: configuration, events: events,
            directory: directory)
        recordings = configuration.recordings.map { RecordingDesk(world: world, plan: $0) }
        recordings?.mailbox.post(.open)
        faxes = configuration.fax.map { [events] in
            FaxDesk(world: world, plan: $0, store: store, events: events)
        }
        faxes?.mailbox.post(.open)
        locator = HopLocator(world: world, resolver: names)
        messenger = Messenger(world: world, transport: transport, configuration: configuration)
        mailbox.bind(to: self, on: world.executor)
        watchStore()
    }

    public func handle(_ message: Message) {
        switch message {
        case .sip(let event, let posted):
            configuration.load.note(postedAt: posted, now: world.time.now)
            handle(event)
        case .configurationChanged(let revision):
            adopt(revision)
        case .callChanged(let glance):
            calls[glance.callID]?.glance = glance
        case .callEnded(let callID, let transaction):
            forgetCall(callID)
            callOf[transaction] = nil
            if calls.isEmpty { drained?() }
        case .listCalls(let reply):
            reply(calls.sorted { $0.key < $1.key }.map(\.value.glance.listing))
        case .listBindings(let reply):
            collectBindings(reply)
        case .showCall(let callID, let reply):
            tellStory(of: callID, reply)
        case .readMetrics(let posted, let reply):
            readMetrics(posted: posted, reply)
        case .takeCensus(let reply):
            takeCensus(reply)
        case .hangUp(let callID, let reason, let reply):
            let call = calls[callID]?.call
            call?.mailbox.post(.hangUp(reason))
            reply(call != nil)
        case .restore(let records):
            restore(records)
        case .endDialogs(let records):
            endDialogs(records)
        case .networkStarted:
            startTrunks()
        case .trunkChanged(let view):
            trunkChanged(view)
        case .listTrunks(let reply):
            tellTrunks(reply)
        case .seek(let search):
            seek(search)
        case .order(let callID, let order, let reply):
            guard let call = calls[callID]?.call else { return reply(false) }
            call.mailbox.post(.order(order, reply: reply))
        case .knock(let guest, let conferenceID):
            knock(guest, at: conferenceID)
        case .conferenceEmpty(let conferenceID, let knocks):
            forgetConference(conferenceID, knocks: knocks)
        case .legFound(let found):
            claim(found)
        case .storeStalled(let error):
            storeStalled(error)
        case .storeResumed(let count):
            storeResumed(count)
        case .refuseCalls(let isRefusing, let reply):
            refuseCalls(isRefusing, reply)
        case .drain(let hangUp, let drained):
            drain(hangUp: hangUp, drained)
        }
    }

    private func refuseCalls(_ isRefusing: Bool, _ reply: @Sendable (Int) -> Void) {
        refusesCalls = isRefusing
        world.recorder.record(.info, isRefusing ? "drain.begun" : "drain.ended")
        reply(calls.count)
    }

    private func drain(hangUp: Bool, _ drained: @escaping @Sendable () -> Void) {
        self.drained = drained
        guard !calls.isEmpty else { return drained() }
        guard hangUp else { return }
        for call in calls.values.map(\.call) { call.mailbox.post(.hangUp(.exchangeStopped)) }
    }

    private func handle(_ event: SIPEvent) {
        switch event {
        case .request(let request, let transaction, let flow):
            receive(request, transaction, on: flow)
        case .flowClosed(let flow):
            for owner in extensions.values { owner.mailbox.post(.flowLost(flow)) }
            for trunk in trunks.values { trunk.mailbox.post(.flowLost(flow)) }
        case .cancelled(let transaction, _), .unanswered(let transaction, _):
            // The call's own gate is not known to the stack yet.
            guard let callID = callOf[transaction] else { break }
            calls[callID]?.call.mailbox.post(.leg(.caller, .sip(event)))
        case .acknowledgement, .response, .failed:
            break  // Nothing of ours is open: requests that we sent have owners of their own.
        }
    }

    private func receive(_ request: Request, _ transaction: ServerTransactionID, on flow: Flow) {
        tally.requests += 1
        switch request.method {
        case .options:
            transport.respond(capabilities(for: request), to: transaction)
        case .invite where trunk(of: request, on: flow) != nil:
            guard let view = trunk(of: request, on: flow) else { break }
            doorkeeper.vouch(for: flow.remote.address, now: world.time.now)
            startCall(request, transaction, on: flow, by: view)
        case .register, .invite, .message, .subscribe:
            switch gatekeeper.judge(
                request, on: flow, directory: directory, now: world.time.now)
            {
            case .refused(let response, let ban):
                transport.respond(response, to: transaction)
                if let ban { tell(ban) }
            case .admitted(let device):
                admit(request, transaction, on: flow, from: device)
            }
        case .refer:
            // RFC 3515 allows it anywhere; here a transfer belongs to a call.
            transport.respond(Response(to: request, status: .forbidden), to: transaction)
        default:
            var refusal = Response(to: request, status: .methodNotAllowed)
            refusal.fields.append(name: .allow, raw: Self.allowedMethods)
            transport.respond(refusal, to: transaction)
        }
    }

    private func admit(
        _ request: Request, _ transaction: ServerTransactionID, on flow: Flow,
        from device: DeviceRecord
    ) {
        switch request.method {
        case .register: register(request, transaction, on: flow, device)
        case .message: passMessage(request, transaction, from: device)
        case .subscribe:
            let subscribe = SubscriptionDesk.Message.subscribe(
                request, transaction, on: flow, device)
            guard !subscriptions.mailbox.post(subscribe) else { break }
            transport.respond(.serviceUnavailable(to: request, retryAfter: 5), to: transaction)
        default: startCall(request, transaction, on: flow, from: device)
        }
    }

    static let methods: [Method] = [
        .invite, .ack, .cancel, .bye, .options, .info, .message, .register, .subscribe, .prack,
        .update, .refer,
    ]
    static let allowedMethods =
        "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE, REGISTER, SUBSCRIBE, PRACK, UPDATE, REFER"
    static let supportedExtensions: Set<String> = [
        OptionTag.path, OptionTag.outbound, OptionTag.reliableProvisional, OptionTag.timer,
        OptionTag.replaces, OptionTag.gruu,
    ]

    private func capabilities(for request: Request) -> Response {
        // The same for every number: who is not signed in learns nothing of who is here.
        var response = Response(to: request, status: .ok)
        response.fields.append(name: .allow, raw: Self.allowedMethods)
        response.fields.append(name: .accept, raw: "application/sdp, text/plain")
        response.fields.append(name: .acceptEncoding, raw: "identity")
        response.fields.append(name: .acceptLanguage, raw: "en")
        response.fields.append(
            name: .supported, raw: Self.supportedExtensions.sorted().joined(separator: ", "))
        response.fields.append(name: .allowEvents, raw: EventPackage.names)
        return response
    }

    /// The owner of an extension, made when first needed.
    func owner(of id: ExtensionID) -> Extension? {
        if let owner = extensions[id] { return owner }
        guard let record = directory.extensionRecord(id) else { return nil }
        return adopt(record, bindings: Bindings())
    }

    /// Takes the bindings that were stored; called once at the start.
    @discardableResult
    func adopt(_ record: ExtensionRecord, bindings: Bindings) -> Extension {
        let owner = Extension(
            record: record, bindings: bindings, world: world, transport: transport, store: store,
            events: events, mint: mint)
        extensions[record.extensionID] = owner
        return owner
    }

    /// The next revision of the configuration; extensions that are gone lose their owner, and with
    /// it their bindings.
    private func adopt(_ revision: Revision) {
        directory.apply(revision)
        gatekeeper.adopt(directory)
        subscriptions.mailbox.post(.adopt(directory))
        for extensionID in extensions.keys where directory.extensionRecord(extensionID) == nil {
            extensions.removeValue(forKey: extensionID)?.mailbox.post(.retire)
        }
        adoptTrunks()
    }

    var isDraining: Bool { drained != nil || refusesCalls }
}
