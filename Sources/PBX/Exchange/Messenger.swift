import Platform
import SIPStack

/// Passes MESSAGEs between extensions while both are online (RFC 3428).
///
/// Each goes to every phone of the receiver; the sender learns of the first that took it, or of the
/// best refusal when none did. Stored chat comes later.
actor Messenger: MailboxOwner {
    enum Message: Sendable {
        case deliver(
            Request, ServerTransactionID, from: NameAddress, to: [[RingTarget]])
        case sip(SIPEvent)
        /// How many are on their way.
        case count(reply: @Sendable (Int) -> Void)
    }

    /// Messages on their way at a time; a further one gets 503.
    static let limit = 1000

    private struct Delivery {
        var request: Request
        var transaction: ServerTransactionID
        var open: Set<ClientTransactionID> = []
        var bestRefusal: Status?
        var isAnswered = false
    }

    /// Posts the stack's events to the messenger.
    private final class Gate: SIPSink {
        private let mailbox: Mailbox<Messenger>

        init(_ mailbox: Mailbox<Messenger>) {
            self.mailbox = mailbox
        }

        func post(_ event: SIPEvent) { mailbox.post(.sip(event)) }
    }

    nonisolated let mailbox = Mailbox<Messenger>()
    private let world: World
    private let transport: SIPTransport
    private let configuration: ExchangeConfiguration
    private let gate: Gate
    private var deliveries: [UInt64: Delivery] = [:]
    private var deliveryOf: [ClientTransactionID: UInt64] = [:]
    private var lastDelivery: UInt64 = 0

    init(world: World, transport: SIPTransport, configuration: ExchangeConfiguration) {
        self.world = world
        self.transport = transport
        self.configuration = configuration
        gate = Gate(mailbox)
        mailbox.bind(to: self, on: world.executor)
    }

    func handle(_ message: Message) {
        switch message {
        case .deliver(let request, let transaction, let from, let branches):
            deliver(request, transaction, from: from, to: branches.compactMap(\.first))
        case .sip(let event):
            receive(event)
        case .count(let reply):
            reply(deliveries.count)
        }
    }

    private func deliver(
        _ request: Request, _ transaction: ServerTransactionID, from: NameAddress,
        to targets: [RingTarget]
    ) {
        guard !targets.isEmpty else {
            let offline = Response(to: request, status: .temporarilyUnavailable)
            return transport.respond(offline, to: transaction)
        }
        guard deliveries.count < Self.limit else {
            var busy = Response(to: request, status: .serviceUnavailable)
            busy.fields[.retryAfter] = "5"
            return transport.respond(busy, to: transaction)
        }
        lastDelivery += 1
        var delivery = Delivery(request: request, transaction: transaction)
        for target in targets {
            let copy = self.copy(of: request, from: from, for: target)
            let transactionID = transport.send(copy, to: target.destination, sink: gate)
            delivery.open.insert(transactionID)
            deliveryOf[transactionID] = lastDelivery
        }
        deliveries[lastDelivery] = delivery
    }

    private func copy(of request: Request, from: NameAddress, for target: RingTarget) -> Request {
        var from = from
        from.tag = world.random.token(12)
        var to = request.to
        to.tag = nil
        var fields = HeaderFields()
        for route in target.routes { fields.append(Route(route)) }
        fields.append(name: .maxForwards, raw: "69")
        for name in [FieldName.contentType, .contentLanguage, .date, .subject] {
            if let value = request.fields[name] { fields.append(name: name, raw: value) }
        }
        return Request(
            method: .message, uri: target.uri, from: from, to: to,
            callID: world.random.token(24), cSeq: CSeq(number: 1, method: .message),
            fields: fields, body: request.body)
    }

    private func receive(_ event: SIPEvent) {
        switch event {
        case .response(let response, let transactionID, _):
            guard response.status.isFinal else { return }
            settle(transactionID, response.status)
        case .failed(let transactionID, let failure):
            settle(transactionID, failure.status)
        case .request, .acknowledgement, .cancelled, .unanswered, .flowClosed:
            break  // Not for a sender of MESSAGEs.
        }
    }

    private func settle(_ transactionID: ClientTransactionID, _ status: Status) {
        guard let number = deliveryOf.removeValue(forKey: transactionID),
            var delivery = deliveries[number]
        else { return }
        delivery.open.remove(transactionID)
        if status.isSuccess && !delivery.isAnswered {
            delivery.isAnswered = true
            let answer = Response(to: delivery.request, status: status)
            transport.respond(answer, to: delivery.transaction)
        } else if !status.isSuccess {
            delivery.bestRefusal = min(delivery.bestRefusal ?? status, status)
        }
        if delivery.open.isEmpty, !delivery.isAnswered {
            // A phone that is there but silent is, to the sender, not reachable (RFC 3261 §16.7).
            let best = delivery.bestRefusal ?? .temporarilyUnavailable
            let told = best == .requestTimeout ? .temporarilyUnavailable : best
            let refusal = Response(to: delivery.request, status: told)
            transport.respond(refusal, to: delivery.transaction)
        }
        deliveries[number] = delivery.open.isEmpty ? nil : delivery
    }
}
