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
    /// The one phone of that number which is called.
    var wantedPhone: UInt32?
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
    /// What came was for another phone: a box lends this one the port that was that one's before.
    var isMisled = false
    /// Whether this phone begins the handshake that makes its keys.
    var beginsHandshake: Bool?
    /// Why a request of ours in this call got no answer.
    var failure: TransactionFailure?
    /// Somebody sent this party to the door of the conferences.
    var isAtDoor = false
    /// What this person still has to press.
    var keys: [Character] = []
    /// What it pressed to begin and end recordings.
    var presses: [RecordingPress] = []
    /// Keys are told in its sound instead of by INFO.
    var pressesInSound = false
    var hungUpHere = false
    var isByeSpoilt = false
    var wasHeld = false
    /// A re-INVITE of ours is open: what it changes, and what was agreed before.
    var change: (kind: OfferChange, before: PhoneSDP)?
    /// A 2xx of ours that has its ACK, to be sent once more.
    var acknowledged: (response: Response, transaction: ServerTransactionID)?
    /// What became of this phone's wish to send the other party on.
    var transfer: VirtualPhone.TransferStage?
    var hasAskedForTransfer = false
    /// Where the other party was sent, and when it was there.
    var sentTo: String?
    var sentAt: Instant?
    /// The slot that the other party was left in, and since when.
    var slot: String?
    var leftInSlot: Instant?
    /// Since when both may speak and hear, as the descriptions say.
    var bothWaysSince: Instant?
    /// When this party hung up.
    var bothWaysUntil: Instant?

    /// What a lamp shows of it; nil where the exchange can't know yet.
    var standing: LampStanding? {
        switch stage {
        case .calling, .ringing: .ringing
        case .talking: .talking
        case .cancelling, .ending: nil
        }
    }

    /// Keeps up with the descriptions.
    mutating func noteDirections(now: Instant) {
        if case .ending = stage {
            bothWaysUntil = bothWaysUntil ?? now
            return
        }
        guard case .talking = stage, localSDP.direction == .sendrecv, !localSDP.isHeldByAddress,
            remoteSDP?.direction == .sendrecv, invite == nil, unacknowledged == nil,
            transfer == nil || transfer == .failed
        else { return bothWaysSince = nil }
        bothWaysSince = bothWaysSince ?? now
    }

    /// What was refused was said all the same: the next description counts on from it.
    mutating func takeBack(_ before: PhoneSDP) {
        let version = localSDP.version
        localSDP = before
        localSDP.version = version
    }

    /// Where to send audio now, and as what; nil while nothing is to be sent.
    ///
    /// - Parameter whileHeld: the phone speaks on, though the other side has put it on hold.
    func voicePath(whileHeld: Bool) -> AudioProbe.Path? {
        guard case .talking = stage, let remoteSDP, !remoteSDP.address.address.isUnspecified,
            remoteSDP.isImage == localSDP.isImage
        else { return nil }
        if remoteSDP.isImage {
            return AudioProbe.Path(address: remoteSDP.address, payloadType: 0, isImage: true)
        }
        guard
            let type = remoteSDP.payloadTypes.first(where: {
                $0 != 101 && localSDP.payloadTypes.contains($0)
            })
        else { return nil }
        let maySpeak = localSDP.direction.sends && remoteSDP.direction.answered.sends
        let isHeld = localSDP.direction == .recvonly && remoteSDP.direction == .sendonly
        guard maySpeak || (isHeld && whileHeld) else { return nil }
        return AudioProbe.Path(address: remoteSDP.address, payloadType: type)
    }

    /// How sound is encrypted both ways. What an offer of ours would change counts with its answer.
    var lock: AudioProbe.Lock {
        let local = change?.before ?? localSDP
        if let own = local.handshake { return handshake(own, of: local) }
        guard !local.keys.isEmpty else { return .open }
        return remoteSDP.flatMap { PhoneKeyPair(local, $0) }.map { .sealed($0) } ?? .awaited
    }

    private func handshake(
        _ own: PhoneSDP.Handshake, of local: PhoneSDP
    ) -> AudioProbe.Lock {
        guard let remoteSDP, let theirs = remoteSDP.handshake else { return .awaited }
        let begins: Bool? =
            switch (own.role, theirs.role) {
            case (.active, _), (_, .passive): true
            case (.passive, _), (_, .active): false
            case (.actpass, .actpass): beginsHandshake
            }
        guard let begins else { return .awaited }
        return .handshake(
            PhoneHandshakeTerms(
                begins: begins, own: own.certificate, other: theirs.certificate,
                checks: local.checks.flatMap { own in remoteSDP.checks.map { (own, $0) } },
                remote: remoteSDP.address))
    }

    /// Remembers who begins: it stays so for as long as the call lasts.
    mutating func noteHandshake() {
        if case .handshake(let terms) = lock { beginsHandshake = terms.begins }
    }

    func sighting(
        by phone: UInt32, ended: Instant, outcome: CallSighting.Outcome
    ) -> CallSighting {
        CallSighting(
            phone: phone, call: number, isCaller: isCaller, remoteNumber: remoteNumber,
            wantedPhone: wantedPhone, isMisled: isMisled, sipCallID: dialog.sipCallID, begun: begun,
            ringing: ringing,
            answered: answered,
            ended: ended, outcome: outcome, hungUpHere: hungUpHere, isByeSpoilt: isByeSpoilt,
            wasHeld: wasHeld, sentPackets: audio.sentCount, heard: audio.heard,
            heardSeconds: audio.heardSeconds,
            bothWaysSince: bothWaysSince, bothWaysUntil: bothWaysUntil ?? ended,
            lastHeard: audio.lastHeard, reception: audio.reception, failure: failure,
            hasAskedForTransfer: hasAskedForTransfer, sentTo: sentTo, sentAt: sentAt,
            leftInSlot: leftInSlot,
            lastMusic: audio.lastMusic, presses: presses,
            voiceSince: audio.voiceSince)
    }
}
