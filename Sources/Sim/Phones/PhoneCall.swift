import Platform
import SIPStack

/// The one call that a phone is in.
struct PhoneCall: Sendable {
    enum Stage: Sendable {
        /// Our INVITE waits for its final response.
        case calling
        /// The caller gave up; the INVITE's final response is awaited.
        case cancelling
        /// It rings here.
        case ringing(ServerTransactionID, Request)
        case talking
        /// Our BYE waits for its final response.
        case ending
    }

    /// A 2xx of ours that no ACK has come for: resent by us (RFC 3261 §13.3.1.4).
    struct Unacknowledged: Sendable {
        var response: Response
        var transaction: ServerTransactionID
        var interval: Duration
        var end: Instant
        /// The 2xx held our offer, so the ACK holds the answer.
        var awaitsAnswer: Bool
    }

    let number: UInt32
    let isCaller: Bool
    let remoteNumber: String
    let begun: Instant
    let audio: AudioProbe
    var stage: Stage
    var dialog: PhoneDialog
    /// The INVITE of ours that is open, first or later.
    var invite: ClientTransactionID?
    var localSDP: PhoneSDP
    var remoteSDP: PhoneSDP?
    var unacknowledged: Unacknowledged?
    /// When the caller heard first that it rings.
    var ringing: Instant?
    var progress = PhoneProgress()
    var answered: Instant?
    /// Why a request of ours in this call got no answer.
    var failure: TransactionFailure?
    /// What this person still has to press.
    var keys: [Character] = []
    var hungUpHere = false
    var wasHeld = false
    /// What became of this phone's wish to send the other party on.
    var transfer: VirtualPhone.TransferStage?
    var hasAskedForTransfer = false
    /// Since when both may speak and hear, as the descriptions say.
    var bothWaysSince: Instant?
    /// When this party hung up.
    var bothWaysUntil: Instant?

    /// Keeps up with the descriptions.
    mutating func noteDirections(now: Instant) {
        if case .ending = stage {
            bothWaysUntil = bothWaysUntil ?? now
            return
        }
        guard case .talking = stage, localSDP.direction == .sendrecv,
            remoteSDP?.direction == .sendrecv, invite == nil, unacknowledged == nil,
            transfer == nil || transfer == .failed
        else { return bothWaysSince = nil }
        bothWaysSince = bothWaysSince ?? now
    }

    /// Where to send audio now, and as what; nil while nothing is to be sent.
    var voicePath: AudioProbe.Path? {
        guard case .talking = stage, let remoteSDP, localSDP.direction.sends,
            remoteSDP.direction.answered.sends, !remoteSDP.address.address.isUnspecified,
            let type = remoteSDP.payloadTypes.first(where: {
                $0 != 101 && localSDP.payloadTypes.contains($0)
            })
        else { return nil }
        return AudioProbe.Path(address: remoteSDP.address, payloadType: type)
    }

    func sighting(
        by phone: UInt32, ended: Instant, outcome: CallSighting.Outcome
    ) -> CallSighting {
        CallSighting(
            phone: phone, call: number, isCaller: isCaller, remoteNumber: remoteNumber,
            sipCallID: dialog.sipCallID, begun: begun, ringing: ringing, answered: answered,
            ended: ended, outcome: outcome, hungUpHere: hungUpHere,
            wasHeld: wasHeld, sentPackets: audio.sentCount, heard: audio.heard,
            bothWaysSince: bothWaysSince, bothWaysUntil: bothWaysUntil ?? ended,
            lastHeard: audio.lastHeard, reception: audio.reception, failure: failure,
            hasAskedForTransfer: hasAskedForTransfer, lastMusic: audio.lastMusic,
            voiceSince: audio.voiceSince)
    }
}
