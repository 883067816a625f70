import Media
import Platform
import SIPStack

/// One party of a call: its INVITE usage and its media, owned by the call that it is in.
///
/// A value, so that it can move to another call whole; its ``LegGate`` goes with it.
struct Leg: Sendable {
    /// Another one in another call: each call has its own line about a party.
    var legID: LegID
    var number: LegNumber
    let gate: LegGate
    let mediaID: MediaLegID
    @Shared var usage: InviteSession
    @Shared var negotiation: MediaNegotiation
    /// Our ports, once the media plane has opened them.
    var local: [LocalStream] = []
    /// Where the party signals from: its media may come from there too.
    var signalling: IPAddress
    /// Requests of ours that are still open.
    var transactions: [ClientTransactionID: InviteSession.RequestTag] = [:]
    @Shared var record: CallLegRecord
    /// Of a leg by a trunk.
    var outside: OutsideLeg?
    /// Who the party is, as others are told.
    let identity: NameAddress
    /// What the party asked for by REFER, while that is under way.
    var referral: Referral?
    /// The INVITE is out (a callee's leg), or came in (the caller's).
    var isInvited = false
    /// The phone has said that it rings (a callee's leg).
    var hasRung = false
    /// How its stream is encrypted, as was noted last.
    var suite: SRTPSuite?
    /// The party listens to nothing at the moment.
    var isHolding = false
    var isSessionOver = false {
        didSet { if isSessionOver { outside?.seat.giveBack() } }
    }
    /// What its policy says of recordings.
    var recording = RecordingPolicy.never
    /// What it says of fax machines that call.
    var faxDetection = FaxDetection.off
    /// Which of its keys count.
    var keys = KeyIntake()
    /// What it pressed lately in a call of two.
    var sequence = KeySequence()
    /// Whether the party still lives.
    var life = LifeWatch()
    var isMediaOpen = false
    var isMediaClosed = false
    /// Its ports are on their way to this call's media loop.
    var isMediaMoving = false

    /// The flow that the dialog's messages go by, where it is one.
    var flow: Flow? {
        guard case .flow(let flow) = usage.destination else { return nil }
        return flow
    }

    /// Nothing of this leg is left.
    var isGone: Bool { isSessionOver && isMediaClosed && !usage.isReferring }

    /// What an event of the stack means to the usage; nil where it belongs to nothing of ours.
    mutating func arrival(of event: SIPEvent) -> InviteSession.Arrival? {
        switch event {
        case .request(let request, let transaction, let flow):
            return .request(request, transaction, on: flow)
        case .acknowledgement(let request, let flow):
            return .acknowledgement(request, on: flow)
        case .cancelled(let transaction, _):
            return .cancelled(transaction)
        case .response(let response, let transaction, let flow):
            guard let tag = transactions[transaction] else { return nil }
            // A 2xx to an INVITE may come again, from another fork or because its ACK was lost.
            let isLast = response.status.isFinal && tag != .invite && tag != .reinvite
            if isLast { transactions[transaction] = nil }
            return .response(response, tag, on: flow)
        case .failed(let transaction, let failure):
            return transactions.removeValue(forKey: transaction).map { .failed($0, failure) }
        case .unanswered(let transaction, _):
            return .unanswered(transaction)
        case .flowClosed:
            return nil
        }
    }

    /// INFOs that were passed to this party are not waited for any more.
    mutating func forgetInforms() {
        transactions = transactions.filter {
            if case .info = $0.value { false } else { true }
        }
    }

    /// The open transaction of that request of ours; the newest where there were several.
    func transaction(of tag: InviteSession.RequestTag) -> ClientTransactionID? {
        transactions.filter { $0.value == tag }.map(\.key).max { $0.number < $1.number }
    }
}
