import Platform
import SIPStack

/// The owner of one trunk: its registration or the probes of its provider, and what is told of it.
///
/// Performs what ``TrunkMachine`` decides. Calls don't come here: they have the trunk's
/// ``TrunkLine``.
actor Trunk: MailboxOwner {
    enum Message: Sendable {
        case begin
        case located(Result<[NextHop], LocationFailure>)
        case sip(SIPEvent)
        case flowLost(Flow)
        /// No listener of ours reaches the hop that was to be asked.
        case unreachable
        /// Signs out; the trunk tells once more, as stopped.
        case stop
        case wake
    }

    /// Posts the stack's events to the trunk.
    final class Gate: SIPSink {
        private let mailbox: Mailbox<Trunk>

        init(_ mailbox: Mailbox<Trunk>) {
            self.mailbox = mailbox
        }

        func post(_ event: SIPEvent) { mailbox.post(.sip(event)) }
    }

    private struct OpenRequest {
        var transaction: ClientTransactionID
        var request: Request
        var purpose: TrunkMachine.Purpose
    }

    nonisolated let mailbox = Mailbox<Trunk>()
    nonisolated let record: TrunkRecord
    nonisolated let line: TrunkLine
    let world: World
    let transport: SIPTransport
    let configuration: ExchangeConfiguration
    private let locator: Mailbox<HopLocator>
    /// It was said that the provider's certificate is not looked at.
    private var hasWarned = false
    private let tell: @Sendable (TrunkView) -> Void
    private let gate: Gate
    private var machine: TrunkMachine
    private var deadlines = DeadlineTable<TrunkMachine.Timer>()
    private var alarm: (any Alarm)?
    /// The hops that were found last, the best first.
    private var hops: [NextHop] = []
    /// What is out.
    private var open: OpenRequest?
    var answerer: DigestAnswerer?
    /// One Call-ID for all REGISTERs of this process (RFC 3261 §10.2).
    let callID: String
    let token: String
    var sequence: UInt32 = 0

    /// - Parameter tell: takes each change; from this actor's thread.
    init(
        record: TrunkRecord, line: TrunkLine, world: World, transport: SIPTransport,
        configuration: ExchangeConfiguration, locator: Mailbox<HopLocator>,
        tell: @escaping @Sendable (TrunkView) -> Void
    ) {
        self.record = record
        self.world = world
        self.transport = transport
        self.configuration = configuration
        self.locator = locator
        self.tell = tell
        self.line = line
        gate = Gate(mailbox)
        callID = world.random.token(24)
        token = world.random.token(16)
        machine = TrunkMachine(TrunkMachine.Plan(record.settings))
        answerer = DigestAnswerer(record, random: world.random)
        alarm = world.timers.makeAlarm { [mailbox] in mailbox.post(.wake) }
        mailbox.bind(to: self, on: world.executor)
    }

    func handle(_ message: Message) {
        switch message {
        case .begin:
            feed(.begin)
        case .located(.success(let found)):
            hops = found.map(certified)
            feed(.located(hops))
        case .located(.failure(let failure)):
            feed(.notLocated(failure))
        case .sip(let event):
            receive(event)
        case .flowLost(let flow):
            feed(.flowLost(flow))
        case .unreachable:
            feed(.failed(.transport(.unreachable)))
        case .stop:
            feed(.stop)
        case .wake:
            while let timer = deadlines.popDue(now: world.time.now) { feed(.timerFired(timer)) }
        }
        alarm?.set(deadlines.earliest)
    }

    private func receive(_ event: SIPEvent) {
        switch event {
        case .response(let response, let transaction, let flow):
            guard let open, open.transaction == transaction, response.status.isFinal else { return }
            self.open = nil
            feed(.answered(answer(response, to: open.request, open.purpose, on: flow)))
        case .failed(let transaction, let failure):
            guard open?.transaction == transaction else { return }
            open = nil
            feed(.failed(failure))
        case .request, .acknowledgement, .cancelled, .unanswered, .flowClosed:
            break  // Requests and streams are the exchange's.
        }
    }

    private func feed(_ event: TrunkMachine.Event) {
        let before = machine.status.phase
        let effects = machine.handle(event, now: world.time.now, draw: world.random.next())
        if machine.status.phase != before { recordPhase(machine.status) }
        for effect in effects { perform(effect) }
    }

    private func perform(_ effect: TrunkMachine.Effect) {
        switch effect {
        case .locate:
            locate()
        case .ask(let purpose, let hop), .askWithCredentials(let purpose, let hop):
            ask(purpose, at: hop)
        case .start(let timer, let delay):
            deadlines.set(timer, at: world.time.now + delay)
        case .stop(let timer):
            deadlines.cancel(timer)
        case .block(let hop, let pause):
            locator.post(.failed(hop, pause: pause))
        case .free(let hop):
            locator.post(.answering(hop))
        case .tell:
            tell(view)
        case .over:
            alarm?.set(nil)
        }
    }

    private func locate() {
        guard let uri = (try? URI(record.settings.address))?.sip else {
            // The record was checked when it was made; the trunk says what is wrong all the same.
            mailbox.post(.located(.failure(.noSuchName(record.settings.address))))
            return
        }
        locator.post(.locate(uri) { [mailbox] in mailbox.post(.located($0)) })
    }

    /// A provider by TLS must be the one that its address names, unless that is not wanted.
    private func certified(_ hop: NextHop) -> NextHop {
        guard hop.transport == .tls else { return hop }
        let name = record.settings.certifiedName
        if name == nil, !hasWarned {
            hasWarned = true
            world.recorder.record(
                .warning, "trunk.certificateNotVerified",
                [("trunk", record.name), ("hop", hop.description)])
        }
        return NextHop(hop.transport, hop.address, certifiedName: name)
    }

    private func ask(_ purpose: TrunkMachine.Purpose, at hop: NextHop) {
        guard let request = request(purpose, at: hop, seenAs: machine.seenAs) else {
            mailbox.post(.unreachable)
            return
        }
        let transaction = transport.send(request, to: hop.destination, sink: gate)
        open = OpenRequest(transaction: transaction, request: request, purpose: purpose)
    }

    private var view: TrunkView {
        let standing = machine.standing
        var ways = hops
        if let registered = standing?.hop {
            ways.removeAll { $0 == registered }
            ways.insert(registered, at: 0)
        }
        return TrunkView(
            record: record, line: line, status: machine.status, hops: ways,
            flow: record.settings.registers ? standing?.flow : nil,
            routes: standing?.routes ?? [], token: token, seenAs: machine.seenAs)
    }

    private func recordPhase(_ status: TrunkStatus) {
        var details = [("trunk", record.name), ("phase", status.phase.rawValue)]
        if let hop = status.hop { details.append(("hop", hop.description)) }
        if let failure = status.lastFailure { details.append(("why", failure.words)) }
        world.recorder.record(
            status.phase == .failing ? .warning : .info, "trunk.changed",
            details.map { (key: $0.0, value: $0.1) })
    }
}
