import Platform
import SIPStack

/// The owner of one extension: where its devices are.
///
/// A REGISTER is judged at once, stored, and answered only after its commit. While one is being
/// stored the next wait their turn, so that the stored rows and the answers agree.
actor Extension: MailboxOwner {
    enum Message: Sendable {
        case register(Request, ServerTransactionID, on: Flow, DeviceID)
        case stored(Result<Void, StoreError>)
        /// Where to ring; the reply posts the ways to the call that asks.
        case seek(GRUUMint.Choice, reply: @Sendable ([[RingTarget]]) -> Void)
        case list(reply: @Sendable ([Binding]) -> Void)
        case flowLost(Flow)
        case wake
        /// The extension was removed: this is the last that is told of it.
        case retire
    }

    /// REGISTERs that may wait for the one being stored; a further one gets 503.
    static let backlogLimit = 32

    private struct Waiting {
        var request: Request
        var transaction: ServerTransactionID
        var flow: Flow
        var device: DeviceID
    }

    nonisolated let mailbox = Mailbox<Extension>()
    nonisolated let record: ExtensionRecord
    private let world: World
    private let transport: SIPTransport
    private let store: Store
    private let events: EventStream
    private let mint: GRUUMint
    /// How many phones can be reached, as the exchange's events have told.
    private var toldCount = 0
    private var isRetired = false
    private var bindings: Bindings
    /// What counts once the commit is through, with the request that waits for it.
    private var pending: (bindings: Bindings, waiting: Waiting)?
    private var backlog: [Waiting] = []
    private var alarm: (any Alarm)?

    init(
        record: ExtensionRecord, bindings: Bindings, world: World, transport: SIPTransport,
        store: Store, events: EventStream, mint: GRUUMint
    ) {
        self.mint = mint
        self.record = record
        self.bindings = bindings
        self.world = world
        self.transport = transport
        self.store = store
        self.events = events
        alarm = world.timers.makeAlarm { [mailbox] in mailbox.post(.wake) }
        if let next = bindings.nextExpiry { alarm?.set(next) }
        mailbox.bind(to: self, on: world.executor)
        // Bindings that outlived a restart are news to who looks on.
        if !bindings.all.isEmpty { mailbox.post(.wake) }
    }

    func handle(_ message: Message) {
        switch message {
        case .register(let request, let transaction, let flow, let device):
            let waiting = Waiting(
                request: request, transaction: transaction, flow: flow, device: device)
            guard pending == nil else { return enqueue(waiting) }
            register(waiting)
        case .stored(let result):
            finish(result)
        case .seek(let choice, let reply):
            reply(bindings.ringTargets(of: choice, now: world.time.now))
        case .list(let reply):
            reply(bindings.all.filter { $0.expires > world.time.now })
        case .flowLost(let flow):
            if bindings.lose(flow) {
                record(.info, "registration.unreachable", flow: flow)
                tellCount()
            }
        case .wake:
            expire()
        case .retire:
            isRetired = true
            events.tell(.extensionRemoved(extensionID: record.extensionID))
        }
    }

    private func enqueue(_ waiting: Waiting) {
        guard backlog.count < Self.backlogLimit else {
            var busy = Response(to: waiting.request, status: .serviceUnavailable)
            busy.fields[.retryAfter] = "5"
            return transport.respond(busy, to: waiting.transaction)
        }
        backlog.append(waiting)
    }

    private func register(_ waiting: Waiting) {
        let registration: Bindings.Registration
        var next = bindings
        do throws(Bindings.Refusal) {
            registration = try Bindings.Registration(
                waiting.request, on: waiting.flow, device: waiting.device)
            guard !registration.contacts.contains(where: { leadsHere($0.uri) }) else {
                throw .circle
            }
            try next.apply(registration, now: world.time.now)
        } catch {
            record(.info, "registration.refused", flow: waiting.flow)
            return transport.respond(
                RegisterAnswer.refusal(of: waiting.request, error), to: waiting.transaction)
        }
        guard next != bindings else { return answer(waiting) }  // A fetch changes nothing.
        pending = (next, waiting)
        store(next)
    }

    private func store(_ next: Bindings) {
        let now = world.time.now
        let wallTime = world.time.wallTime
        let rows = next.all.map { BindingRecord($0, of: record, now: now, wallTime: wallTime) }
        let kept = Set(rows.map(\.key))
        let gone = bindings.all.map {
            BindingRecord($0, of: record, now: now, wallTime: wallTime).key
        }
        .filter { !kept.contains($0) }
        store.perform(.changeBindings(save: rows, remove: gone)) { [mailbox] result in
            mailbox.post(.stored(result.map { _ in }))
        }
    }

    private func finish(_ result: Result<Void, StoreError>) {
        guard let (next, waiting) = pending else { return }
        pending = nil
        switch result {
        case .success:
            let former = bindings
            bindings = next
            followDevices(from: former)
            alarm?.set(bindings.nextExpiry)
            tellCount()
            answer(waiting)
            record(.info, "registration.stored", flow: waiting.flow)
        case .failure(let failure):
            world.recorder.record(
                .error, "registration.notStored",
                [("extension", record.number.digits), ("why", "\(failure)")])
            transport.respond(
                Response(to: waiting.request, status: .serverInternalError),
                to: waiting.transaction)
        }
        guard !backlog.isEmpty else { return }
        register(backlog.removeFirst())
        while pending == nil, !backlog.isEmpty { register(backlog.removeFirst()) }
    }

    /// Dialogs go on by the stream by which their device has come back.
    private func followDevices(from former: Bindings) {
        for binding in former.all where binding.flow.transport != .udp {
            guard let heir = bindings.all.first(where: { $0.key == binding.key }),
                heir.flow != binding.flow, heir.device == binding.device
            else { continue }
            transport.replace(binding.flow, of: binding.contact.uri, by: heir.flow)
            // In dialogs it may have said its GRUU.
            guard let instance = binding.instance else { continue }
            let gruu = mint.publicURI(of: record.number, instance: instance)
            transport.replace(binding.flow, of: gruu, by: heir.flow)
        }
    }

    /// Whether a contact is a GRUU of ours: calls would go in a circle (RFC 5627 §5.1).
    private func leadsHere(_ contact: URI) -> Bool {
        guard case .sip(let uri) = contact else { return false }
        return mint.isMine(uri)
    }

    private func answer(_ waiting: Waiting) {
        var answer = RegisterAnswer(to: waiting.request, bindings: bindings, now: world.time.now)
        if waiting.request.supports(OptionTag.gruu) { answer.gruus = gruus(of:) }
        transport.respond(answer.success, to: waiting.transaction)
    }

    private func gruus(of binding: Binding) -> (public: URI, temporary: URI)? {
        guard let instance = binding.instance else { return nil }
        return (
            mint.publicURI(of: record.number, instance: instance),
            mint.temporaryURI(
                of: record.extensionID, instance: instance, sipCallID: binding.sipCallID,
                salt: world.random.next())
        )
    }

    /// Expired rows are dropped here at once; in the store the next REGISTER or start drops them.
    private func expire() {
        bindings.expire(now: world.time.now)
        alarm?.set(bindings.nextExpiry)
        tellCount()
    }

    /// Tells the exchange's events where the number of phones that can be reached has changed.
    private func tellCount() {
        let count = bindings.all.count { $0.isReachable }
        guard count != toldCount, !isRetired else { return }
        let shown = ExtensionPicture(
            extensionID: record.extensionID, number: record.number.digits, contactCount: count)
        events.tell(
            toldCount == 0
                ? .extensionRegistered(shown)
                : count == 0 ? .extensionUnregistered(shown) : .extensionChanged(shown))
        toldCount = count
    }

    private func record(_ level: RecordedEvent.Level, _ event: String, flow: Flow) {
        world.recorder.record(
            level, event,
            [
                ("extension", record.number.digits), ("flow", flow.description),
                ("contacts", String(bindings.all.count)),
            ])
    }
}
