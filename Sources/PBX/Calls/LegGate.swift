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

    init(owner: Mailbox<Call>, number: LegNumber) {
        place = Mutex(Place(owner: owner, number: number))
    }

    func post(_ event: SIPEvent) { post(.sip(event)) }

    func post(_ event: MediaEvent) { post(.media(event)) }

    private func post(_ arrival: Arrival) {
        // Posting under the lock keeps the order; a mailbox never calls back.
        place.withLock { place in
            if let owner = place.owner {
                Self.post(arrival, to: owner, place.number)
            } else if place.waiting.count < Self.limit {
                place.waiting.append(arrival)
            }
        }
    }

    private static func post(
        _ arrival: Arrival, to owner: Mailbox<Call>, _ number: LegNumber
    ) {
        switch arrival {
        case .sip(let event): owner.post(.sip(number, event))
        case .media(let event): owner.post(.media(number, event))
        }
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
            for arrival in place.waiting { Self.post(arrival, to: owner, number) }
            place.waiting = []
        }
    }
}
