import Media
import Platform
import SIPStack
import Synchronization

/// What comes for a leg from outside its call.
enum LegEvent: Sendable {
    case sip(SIPEvent)
    case media(MediaEvent)
    /// The caller of another call asks for this leg's place.
    case claim(Claim, isEarlyOnly: Bool)
    /// Another call brings a leg that shall take this one's place.
    case relief(LegPassage)
}

/// The address of a leg: what the stack and the media plane post to.
///
/// The only thing of a leg that anybody outside its call keeps. When a leg moves to another call
/// (transfer, pickup, park), it is the gate whose owner changes, and nothing else:
///
/// ```
///  a call's ──release──▶ nobody's: events wait here ──adopt──▶ another call's
///           ◀──────────────── adopt: nobody took it ─────────┘ (what waited comes first)
/// ```
final class LegGate: SIPSink, MediaSink {
    /// Events that wait for a leg without owner. A move takes milliseconds; beyond this many, requests
    /// are told to come again, and the rest is dropped, but for what ends the leg.
    static let heldLimit = 256

    private enum Owner {
        case call(Mailbox<Call>, LegNumber)
        case nobody(held: [LegEvent])
    }

    /// Whose phone it is; nil for somebody outside.
    let extensionID: ExtensionID?
    private let owner: Mutex<Owner>
    /// Weak: the transport layer's open transactions keep their gates.
    private weak let transport: SIPTransport?

    init(
        owner: Mailbox<Call>, number: LegNumber, extensionID: ExtensionID?,
        transport: SIPTransport?
    ) {
        self.extensionID = extensionID
        self.owner = Mutex(.call(owner, number))
        self.transport = transport
    }

    func post(_ event: SIPEvent) {
        if !post(.sip(event)) { answerForTheGone(event) }
    }

    func post(_ event: MediaEvent) {
        post(.media(event))
    }

    /// False where nobody will see the event: the call is gone, or too much waits. Posted under the
    /// lock, so that nothing that comes during a change of owner is overtaken.
    @discardableResult
    func post(_ event: LegEvent) -> Bool {
        owner.withLock { owner in
            switch owner {
            case .call(let mailbox, let number):
                return mailbox.post(.leg(number, event))
            case .nobody(var held):
                guard event.canWait, held.count < Self.heldLimit || event.endsLeg else {
                    return false
                }
                held.append(event)
                owner = .nobody(held: held)
                return true
            }
        }
    }

    /// From now on events wait here.
    func release() {
        owner.withLock { $0 = .nobody(held: []) }
    }

    /// From now on events go to that call; those that waited go first, in order.
    func adopt(by mailbox: Mailbox<Call>, as number: LegNumber) {
        owner.withLock { owner in
            if case .nobody(let held) = owner {
                for event in held { mailbox.post(.leg(number, event)) }
            }
            owner = .call(mailbox, number)
        }
    }

    /// The call is over, and its actor gone: what still comes for it is answered here, or the phone
    /// would ask again for 32 s. A BYE that crossed ours is as good as done (RFC 3261 §15.1.2).
    func answerForTheGone(_ event: SIPEvent) {
        guard case .request(let request, let transaction, _) = event else { return }
        let status: Status = request.method == .bye ? .ok : .callOrTransactionDoesNotExist
        transport?.respond(Response(to: request, status: status), to: transaction)
    }
}

extension LegEvent {
    /// A leg that is itself on its way takes no other in its place: two that waited for each other
    /// would wait for ever.
    fileprivate var canWait: Bool {
        switch self {
        case .sip, .media: true
        case .claim, .relief: false
        }
    }

    fileprivate var endsLeg: Bool {
        switch self {
        case .sip(.request(let request, _, _)): request.method == .bye
        case .sip(.cancelled), .media(.closed): true
        case .sip, .media, .claim, .relief: false
        }
    }
}
