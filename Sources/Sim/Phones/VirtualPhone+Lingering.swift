import Platform

/// After the end of a call: nothing of it may arrive any more.
extension VirtualPhone {
    /// How long a phone listens after the end.
    private static var lingeringTime: Duration { .seconds(4) }

    /// What was heard, and should not have been, by the end of a call.
    func judgeSound(of call: PhoneCall) {
        let facts = call.audio.ear.facts
        if facts.odd > 0 { complain("\(facts.odd) packets of no agreed payload type") }
        if facts.unwanted > 0 {
            complain(
                "\(facts.unwanted) packets came of somebody who is on hold",
                waitedSince: call.begun)
        }
    }

    /// Says nothing more, and listens for a moment.
    func linger(_ audio: AudioProbe) {
        audio.fallSilent()
        audio.ear.listen(false, now: world.time.now)
        lingering.append(
            Lingering(
                audio: audio, since: world.time.now, unwanted: audio.ear.facts.unwanted))
        if lingering.count == 1 { set(.linger, after: Self.lingeringTime) }
    }

    func endLingering() {
        guard let over = lingering.first else { return }
        lingering.removeFirst()
        let count = over.audio.ear.facts.unwanted - over.unwanted
        over.audio.close()
        if count > 0 {
            complain("\(count) packets came after the end of a call", waitedSince: over.since)
        }
        guard let next = lingering.first else { return }
        let pause = next.since + Self.lingeringTime - world.time.now
        set(.linger, after: max(.zero, pause))
    }

    /// The sockets are gone.
    func forgetLingering() {
        for over in lingering { over.audio.close() }
        lingering = []
    }
}

/// The ear of a call that is over.
struct Lingering: Sendable {
    var audio: AudioProbe
    var since: Instant
    /// What it had heard in vain by then.
    var unwanted: Int
}

/// What a re-INVITE of ours is for.
enum OfferChange: Sendable {
    case hold, resume
    /// A single codec instead of several.
    case codec
    /// Nothing changes: it only says that we are there.
    case again

    /// When it is tried again.
    var deadline: VirtualPhone.Deadline {
        switch self {
        case .hold: .hold
        case .resume: .resume
        case .codec: .fixCodec
        case .again: .offerAgain
        }
    }
}
