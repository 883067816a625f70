import Media
import Platform
import SIPStack
import Synchronization

/// The address of a leg: what the stack and the media plane post to, wherever the leg is.
///
/// A leg belongs to one call at a time. While it moves from one to another (transfer, pickup,
/// park) its gate has no owner and keeps what comes, in order, for the next.
final class LegGate: SIPSink, MediaSink {
    /// What a leg in transit may pile up; more means that the move has failed.
    static let limit = 256

    private enum Arrival {
        case sip(SIPEvent)
        case media(MediaEvent)
    }

    private struct Place {
        var owner: Mailbox<Call>?
        var number: LegNumber
        var waiting: [Arrival] = []
    }

    private let place: Mutex<Place>
    private let transport: SIPTransport

    init(owner: Mailbox<Call>, number: LegNumber, transport: SIPTransport) {
        place = Mutex(Place(owner: owner, number: number))
        self.transport = transport
    }

    func post(_ event: SIPEvent) { post(.sip(event)) }

    func post(_ event: MediaEvent) { post(.media(event)) }

    private func post(_ arrival: Arrival) {
        // Posting under the lock keeps the order; a mailbox never calls back.
        place.withLock { place in
            if let owner = place.owner {
                post(arrival, to: owner, place.number)
            } else if place.waiting.count < Self.limit {
                place.waiting.append(arrival)
            }
        }
    }

    private func post(_ arrival: Arrival, to owner: Mailbox<Call>, _ number: LegNumber) {
        switch arrival {
        case .sip(let event):
            if !owner.post(.sip(number, event)) { answerForTheGone(event) }
        case .media(let event): owner.post(.media(number, event))
        }
    }

    /// The call is over, and its actor gone: what still comes for it is answered here, or the phone
    /// would ask again for 32 s. A BYE that crossed ours is as good as done (RFC 3261 §15.1.2).
    private func answerForTheGone(_ event: SIPEvent) {
        guard case .request(let request, let transaction, _) = event else { return }
        let status: Status = request.method == .bye ? .ok : .callOrTransactionDoesNotExist
        transport.respond(Response(to: request, status: status), to: transaction)
    }

    /// The leg leaves its call: what comes from now on waits.
    func release() {
        place.withLock { $0.owner = nil }
    }

    /// The leg has a new call, which gets all that has waited, first.
    func adopt(by owner: Mailbox<Call>, as number: LegNumber) {
        place.withLock { place in
            place.owner = owner
            place.number = number
            for arrival in place.waiting { post(arrival, to: owner, number) }
            place.waiting = []
        }
    }
}
