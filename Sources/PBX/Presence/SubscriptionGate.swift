import Platform
import SIPStack

/// The address of one subscription: what the stack posts to.
final class SubscriptionGate: SIPSink {
    private let owner: Mailbox<SubscriptionDesk>
    private let number: SubscriptionDesk.SubscriptionNumber
    /// Weak: the transport layer's open transactions keep their gates.
    private weak let transport: SIPTransport?

    init(
        owner: Mailbox<SubscriptionDesk>, number: SubscriptionDesk.SubscriptionNumber,
        transport: SIPTransport
    ) {
        self.owner = owner
        self.number = number
        self.transport = transport
    }

    func post(_ event: SIPEvent) {
        guard !owner.post(.sip(number, event)),
            case .request(let request, let transaction, _) = event
        else { return }
        transport?.respond(
            .serviceUnavailable(to: request, retryAfter: 5), to: transaction)
    }

    /// What is no SUBSCRIBE has no business in the dialog of a subscription.
    func refuse(_ request: Request, _ transaction: ServerTransactionID) {
        transport?.respond(
            .methodNotAllowed(to: request, allowing: [.subscribe]), to: transaction)
    }
}
