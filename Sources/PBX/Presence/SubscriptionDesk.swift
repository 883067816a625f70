import Platform
import SIPStack

/// The owner of every subscription: lamps, message-waiting lamps and presence (RFC 6665).
///
/// What it tells comes of the exchange's events alone; it follows them while somebody watches.
/// Subscriptions outlive no restart: the phone's next refresh gets a 481, and it subscribes anew.
actor SubscriptionDesk: MailboxOwner {
    enum Message: Sendable {
        /// A SUBSCRIBE from outside every dialog, by a device that has proved who it is.
        case subscribe(Request, ServerTransactionID, on: Flow, DeviceRecord)
        /// Within a subscription's dialog, or about a NOTIFY of ours.
        case sip(SubscriptionNumber, SIPEvent)
        case eventsCame
        case adopt(Directory)
        case wake
        case count(reply: @Sendable (Int) -> Void)
    }

    typealias SubscriptionNumber = UInt64

    /// Subscriptions of one extension's phones: a panel of 100 lamps, twice. Another gets 403.
    static let limitPerExtension = 200
    /// Subscriptions in total; another gets 503.
    static let limit = 20_000

    struct Kept {
        var core: NotifierSubscription
        let gate: SubscriptionGate
        let package: EventPackage
        let watcher: ExtensionID
        let watched: Watched
        /// The dialogs that its last body showed.
        var shown: [String] = []
    }

    enum Timer: Hashable, Sendable {
        case subscription(SubscriptionNumber, NotifierSubscription.Timer)
    }

    nonisolated let mailbox = Mailbox<SubscriptionDesk>()
    let world: World
    let transport: SIPTransport
    let configuration: ExchangeConfiguration
    private let events: EventStream
    var directory: Directory
    private var kept: [SubscriptionNumber: Kept] = [:]
    private var lastNumber: SubscriptionNumber = 0
    private var numbersOfWatched: [Watched: [SubscriptionNumber]] = [:]
    private(set) var countOfWatcher: [ExtensionID: Int] = [:]
    /// How things are, as far as the events were read; followed while somebody watches.
    private var picture = ExchangePicture()
    private var following: EventSubscription?
    private var deadlines = DeadlineTable<Timer>()
    private var alarm: (any Alarm)?

    init(
        world: World, transport: SIPTransport, configuration: ExchangeConfiguration,
        events: EventStream, directory: Directory
    ) {
        self.world = world
        self.transport = transport
        self.configuration = configuration
        self.events = events
        self.directory = directory
        alarm = world.timers.makeAlarm { [mailbox] in mailbox.post(.wake) }
        mailbox.bind(to: self, on: world.executor)
    }

    func handle(_ message: Message) {
        switch message {
        case .subscribe(let request, let transaction, let flow, let device):
            subscribe(request, transaction, on: flow, device)
        case .sip(let number, let event):
            receive(event, of: number)
        case .eventsCame:
            follow()
        case .adopt(let directory):
            adopt(directory)
        case .wake:
            while let timer = deadlines.popDue(now: world.time.now) {
                switch timer {
                case .subscription(let number, let timer): feed(.timer(timer), to: number)
                }
            }
        case .count(let reply):
            reply(kept.count)
        }
        alarm?.set(deadlines.earliest)
    }

    var count: Int { kept.count }

    // MARK: Subscriptions

    private func subscribe(
        _ request: Request, _ transaction: ServerTransactionID, on flow: Flow,
        _ device: DeviceRecord
    ) {
        let admitted: Admission
        switch admission(of: request, from: device) {
        case .success(let admission): admitted = admission
        case .failure(let refusal): return transport.respond(refusal.response, to: transaction)
        }
        follow()
        lastNumber += 1
        let contact = configuration.contact(on: flow, name: request.dialledDigits)
        kept[lastNumber] = Kept(
            core: NotifierSubscription(
                to: admitted.event, by: request, on: flow, localTag: world.random.token(12),
                contact: contact),
            gate: SubscriptionGate(owner: mailbox, number: lastNumber, transport: transport),
            package: admitted.package, watcher: admitted.watcher, watched: admitted.watched)
        numbersOfWatched[admitted.watched, default: []].append(lastNumber)
        countOfWatcher[admitted.watcher, default: 0] += 1
        feed(.subscribed(request, transaction, on: flow), to: lastNumber)
    }

    private func receive(_ event: SIPEvent, of number: SubscriptionNumber) {
        switch event {
        case .request(let request, let transaction, let flow):
            guard let gate = kept[number]?.gate else {
                // It ended while this was on its way.
                let gone = Response(to: request, status: .callOrTransactionDoesNotExist)
                return transport.respond(gone, to: transaction)
            }
            guard request.method == .subscribe else { return gate.refuse(request, transaction) }
            follow()
            feed(.subscribed(request, transaction, on: flow), to: number)
        case .response(let response, _, _):
            guard response.status.isFinal else { return }
            let seconds = ((try? response.fields.first(RetryAfter.self)) ?? nil)?.seconds
            feed(
                .notifyAnswered(
                    response.status, retryAfter: seconds.map { .seconds(Int64($0)) }), to: number)
        case .failed(_, let failure):
            feed(.notifyFailed(failure), to: number)
        case .acknowledgement, .cancelled, .unanswered, .flowClosed:
            break  // A subscription has no INVITE, and a 200 that is lost is asked for again.
        }
    }

    private func feed(_ event: NotifierSubscription.Event, to number: SubscriptionNumber) {
        guard let effects = kept[number]?.core.handle(event, now: world.time.now) else { return }
        for effect in effects { perform(effect, of: number) }
    }

    private func perform(
        _ effect: NotifierSubscription.Effect, of number: SubscriptionNumber
    ) {
        guard let gate = kept[number]?.gate else { return }
        switch effect {
        case .respond(let response, let transaction):
            transport.respond(response, to: transaction)
        case .register(let dialog):
            transport.register(dialog, sink: gate)
        case .unregister(let dialog):
            transport.unregister(dialog)
        case .notify(let request, let destination, let count):
            var request = request
            request.content = body(of: number, count)
            request.fields[.userAgent] = configuration.productName
            _ = transport.send(request, to: destination, sink: gate)
        case .start(let timer, let delay):
            deadlines.set(.subscription(number, timer), at: world.time.now + delay)
        case .stop(let timer):
            deadlines.cancel(.subscription(number, timer))
        case .ended:
            forget(number)
        }
    }

    private func body(of number: SubscriptionNumber, _ count: UInt32) -> MessageBody? {
        guard let subscription = kept[number] else { return nil }
        let shown: [String]
        let make: (_ ended: [String]) -> MessageBody
        switch subscription.watched {
        case .extension(let extensionID):
            guard let party = directory.party(extensionID) else { return nil }
            let standing = WatchedStanding(
                party: party, calls: picture.calls(of: extensionID),
                contactCount: picture.contactCount(of: extensionID),
                recordings: picture.recordings(of: extensionID), directory: directory)
            let showsOthers = directory.mayKnowOthers(
                of: extensionID, watcher: subscription.watcher)
            shown = standing.identifiers
            make = { [configuration] ended in
                standing.body(
                    of: subscription.package, number: count, ended: ended,
                    showsOthers: showsOthers, configuration)
            }
        case .slot(let slot, let code):
            let standing = SlotStanding(
                code: code, calls: picture.calls(in: slot), directory: directory)
            shown = standing.identifiers
            make = { [configuration] ended in
                standing.body(
                    number: count, ended: ended, watcher: subscription.watcher, configuration)
            }
        }
        kept[number]?.shown = shown
        return make(subscription.shown.filter { !shown.contains($0) })
    }

    private func forget(_ number: SubscriptionNumber) {
        guard let gone = kept.removeValue(forKey: number) else { return }
        numbersOfWatched[gone.watched]?.removeAll { $0 == number }
        if numbersOfWatched[gone.watched]?.isEmpty == true { numbersOfWatched[gone.watched] = nil }
        countOfWatcher[gone.watcher, default: 1] -= 1
        if countOfWatcher[gone.watcher] == 0 { countOfWatcher[gone.watcher] = nil }
        guard kept.isEmpty else { return }
        following = nil
        picture = ExchangePicture()
    }

    // MARK: What is watched

    /// Reads the events up to the newest, and tells the watchers of what changed.
    private func follow() {
        if following == nil {
            following = events.subscribeFromPicture { [mailbox] in mailbox.post(.eventsCame) }
        }
        var touched: Set<Watched> = []
        while let batch = following?.read(), !batch.isEmpty {
            if let whole = batch.picture {
                picture = whole
                touched.formUnion(numbersOfWatched.keys)
            }
            for event in batch.events {
                touched.formUnion(picture.apply(event.news).map(Watched.extension))
                if let slot = event.news.slot {
                    touched.formUnion(numbersOfWatched.keys.filter { $0.slot == slot })
                }
            }
        }
        for watched in touched.sorted() {
            for number in numbersOfWatched[watched] ?? [] { feed(.changed, to: number) }
        }
    }

    private func adopt(_ next: Directory) {
        directory = next
        for number in kept.keys.sorted() {
            guard let subscription = kept[number] else { continue }
            if let watched = subscription.watched.extensionID,
                next.extensionRecord(watched) == nil
            {
                feed(.end(.noResource), to: number)
            } else if next.extensionRecord(subscription.watcher) == nil {
                feed(.end(.rejected), to: number)
            }
        }
    }
}
