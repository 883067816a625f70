import Media
import Platform
import SIPStack

/// The address of a leg: what the stack and the media plane post to.
///
/// The only thing of a leg that anybody outside its call keeps. When legs come to move between
/// calls (transfer, pickup, park), it is the gate whose owner changes, and nothing else.
final class LegGate: SIPSink, MediaSink {
    private let owner: Mailbox<Call>
    private let number: LegNumber
    /// Weak: the transport layer's open transactions keep their gates.
    private weak let transport: SIPTransport?

    init(owner: Mailbox<Call>, number: LegNumber, transport: SIPTransport) {
        self.owner = owner
        self.number = number
        self.transport = transport
    }

    func post(_ event: SIPEvent) {
        if !owner.post(.sip(number, event)) { answerForTheGone(event) }
    }

    func post(_ event: MediaEvent) {
        owner.post(.media(number, event))
    }

    /// The call is over, and its actor gone: what still comes for it is answered here, or the phone
    /// would ask again for 32 s. A BYE that crossed ours is as good as done (RFC 3261 §15.1.2).
    func answerForTheGone(_ event: SIPEvent) {
        guard case .request(let request, let transaction, _) = event else { return }
        let status: Status = request.method == .bye ? .ok : .callOrTransactionDoesNotExist
        transport?.respond(Response(to: request, status: status), to: transaction)
    }
}
