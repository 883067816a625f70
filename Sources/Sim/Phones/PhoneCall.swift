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
    var hungUpHere = false
    var wasHeld = false
    /// A re-INVITE of ours is open: what it changes, and what was agreed before.
    var change: (kind: OfferChange, before: PhoneSDP)?
    /// A 2xx of ours that has its ACK, to be sent once more.
    var acknowledged: (response: Response, transaction: ServerTransactionID)?
    /// Of a callee: it is heard before it is picked up.
    var hasEarlyMedia = false
    /// Of a caller: the answer that came with a provisional response.
    var earlyAnswer: PhoneSDP?
    /// Whom a caller heard before the answer.
    var earlyMarks: [SpeakerMark] = []
    /// The CSeq of the other side's last INVITE in this dialog.
    var lastInviteSequence: UInt32 = 0
    /// Keys that wait for the INFO of the one before: two at a time might overtake each other.
    var waitingKeys = ""
    var isInforming = false
    /// Keys that came by INFO.
    var informedKeys = ""
    /// Keys of ours that the other side took by INFO.
    var takenKeys = ""
    /// When both could speak and hear, as the descriptions say.
    private var stretches: [SoundStretch] = []
    /// The last stretch goes on.
    private var isBothWays = false
    private var isDeaf = false

    init(
        number: UInt32, isCaller: Bool, remoteNumber: String, begun: Instant, audio: AudioProbe,
        stage: Stage, dialog: PhoneDialog, localSDP: PhoneSDP, remoteSDP: PhoneSDP? = nil
    ) {
        self.number = number
        self.isCaller = isCaller
        self.remoteNumber = remoteNumber
        self.begun = begun
        self.audio = audio
        self.stage = stage
        self.dialog = dialog
        self.localSDP = localSDP
        self.remoteSDP = remoteSDP
    }

    var isTalking: Bool { if case .talking = stage { true } else { false } }

    /// Keeps up with the descriptions.
    mutating func noteDirections(now: Instant) {
        let mayBoth =
            isTalking && localSDP.direction == .sendrecv && !localSDP.isHeldByAddress
            && remoteSDP?.direction == .sendrecv
        if isBothWays, !mayBoth {
            endStretch(now: now)
        } else if !isBothWays, mayBoth, invite == nil, unacknowledged == nil {
            isBothWays = true
            stretches.append(SoundStretch(since: now, until: now))
            audio.ear.beginStretch()
            audio.speakAnew()
        }
        // Once a hold is agreed, nothing of the held one is to be heard.
        let isDeafNow =
            isTalking && invite == nil
            && (!localSDP.direction.receives || localSDP.isHeldByAddress)
        if isDeafNow != isDeaf {
            isDeaf = isDeafNow
            audio.ear.listen(!isDeaf, now: now)
        }
    }

    private mutating func endStretch(now: Instant) {
        guard isBothWays else { return }
        isBothWays = false
        let last = stretches.count - 1
        stretches[last].until = now
        stretches[last].heard = audio.ear.facts.firstOfStretch
        // What is short proves nothing.
        if now - stretches[last].since <= SoundStretch.bound { stretches.removeLast() }
    }

    /// Where to send audio now, and as what; nil while nothing is to be sent.
    ///
    /// - Parameter speaksWhileHeld: the phone sends on, though the other side has put it on hold.
    func voicePath(speaksWhileHeld: Bool) -> AudioProbe.Path? {
        let isEarly = if case .ringing = stage { hasEarlyMedia } else { false }
        guard isTalking || isEarly, let remoteSDP, !remoteSDP.address.address.isUnspecified
        else { return nil }
        let maySpeak = localSDP.direction.sends && remoteSDP.direction.answered.sends
        let isHeld = !localSDP.direction.sends && !remoteSDP.direction.receives
        guard maySpeak || (isHeld && speaksWhileHeld && !isEarly) else { return nil }
        let type = remoteSDP.payloadTypes.first {
            $0 != PhoneSDP.eventType && localSDP.payloadTypes.contains($0)
        }
        return type.map { AudioProbe.Path(address: remoteSDP.address, payloadType: $0) }
    }

    mutating func sighting(
        by phone: UInt32, ended: Instant, outcome: CallSighting.Outcome
    ) -> CallSighting {
        endStretch(now: ended)
        let facts = audio.ear.facts
        return CallSighting(
            phone: phone, call: number, isCaller: isCaller, remoteNumber: remoteNumber,
            sipCallID: dialog.sipCallID, begun: begun, ringing: ringing, answered: answered,
            ended: ended, outcome: outcome, hungUpHere: hungUpHere, wasHeld: wasHeld,
            sentPackets: audio.sentCount, heard: facts.heard, stretches: stretches,
            earlyMarks: earlyMarks, spokeEarly: hasEarlyMedia,
            pressedKeys: audio.pressedKeys, heardKeys: facts.keys, takenKeys: takenKeys,
            informedKeys: informedKeys, reception: audio.reception, failure: failure)
    }
}
