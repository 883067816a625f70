import Platform
import SIPStack

/// What a call writes down of itself while it is up: messages and moments, by time.
struct CallDiary: Sendable {
    private(set) var lines: [CallStory.Line] = []
    private(set) var omittedCount = 0

    mutating func add(_ line: CallStory.Line) {
        guard lines.count < CallStory.lineLimit else { return omittedCount += 1 }
        lines.append(line)
    }

    /// What came up from the stack for a leg.
    mutating func see(_ event: SIPEvent, of leg: LegNumber, at now: Instant) {
        switch event {
        case .request(let request, _, _), .acknowledgement(let request, _):
            add(request, .received, leg, now)
        case .response(let response, _, _):
            add(response, .received, leg, now)
        case .cancelled(_, let invite):
            add(
                CallStory.Line(
                    instant: now, leg: leg.number, kind: .received, text: Method.cancel.name,
                    sequence: invite.cSeq.number))
        case .failed(_, let failure), .unanswered(_, let failure):
            let text: String =
                switch failure {
                case .timeout: "no answer in time"
                case .transport: "could not be sent"
                }
            add(CallStory.Line(instant: now, leg: leg.number, kind: .noted, text: text))
        case .flowClosed:
            break  // The exchange's, not a leg's.
        }
    }

    /// What a leg sends.
    mutating func see(_ effect: InviteSession.Effect, of leg: LegNumber, at now: Instant) {
        switch effect {
        case .send(let request, _, _), .acknowledge(let request, _, _):
            add(request, .sent, leg, now)
        case .respond(let response, _):
            add(response, .sent, leg, now)
        case .cancel:
            add(
                CallStory.Line(
                    instant: now, leg: leg.number, kind: .sent, text: Method.cancel.name))
        case .register, .unregister, .start, .startAtRandom, .stop, .report:
            break  // Nothing leaves.
        }
    }

    mutating func see(_ change: CallStanding.Change, at now: Instant) {
        guard let (leg, text) = change.words else { return }
        add(CallStory.Line(instant: now, leg: leg?.number, kind: .noted, text: text))
    }

    /// What people read for an event of the log; the log has the particulars.
    static func words(for event: String) -> String {
        switch event {
        case "media.latched": "sends its sound from an address that is known now"
        case "media.flows": "is heard by the exchange"
        case "media.silent": "has fallen silent"
        case "media.roundTrip": "has told the round trip by its reports"
        case "media.encrypted": "has its sound encrypted"
        case "media.inTheClear": "has its sound in the clear"
        case "media.handshakeFailed": "did not prove who it is: no sound"
        case "media.unauthentic": "sent packets under a wrong key"
        case "media.checksRefused": "sent checks that were refused"
        case "media.consentEnded": "checks its way no more: nothing is sent to it"
        case "media.notAgreed": "and the exchange share no way to speak"
        case "conference.entered": "enters a conference"
        case "conference.muted": "is muted there"
        case "conference.unmuted": "is heard there again"
        case "recording.began": "is recorded from here on"
        case "fax.heard": "is a fax machine, by its tone"
        case "trunk.called": "is asked for at its trunk"
        case "trunk.full": "finds its trunk full"
        default: event
        }
    }

    private mutating func add(
        _ request: Request, _ kind: CallStory.Line.Kind, _ leg: LegNumber, _ now: Instant
    ) {
        add(
            CallStory.Line(
                instant: now, leg: leg.number, kind: kind, text: request.method.name,
                sequence: request.cSeq.number))
    }

    private mutating func add(
        _ response: Response, _ kind: CallStory.Line.Kind, _ leg: LegNumber, _ now: Instant
    ) {
        add(
            CallStory.Line(
                instant: now, leg: leg.number, kind: kind, text: response.cSeq.method.name,
                status: response.status.code, sequence: response.cSeq.number))
    }
}

extension CallStory.Line {
    /// The caller's router means well.
    init(_ sign: RewritingSign, instant: Instant) {
        self.init(
            instant: instant, leg: LegNumber.caller.number, kind: .noted,
            text: "is behind a box that rewrites SIP (an ALG; turn it off): \(sign.words)")
    }
}

extension CallStanding.Change {
    /// Whom it is about, and what it was.
    fileprivate var words: (LegNumber?, String)? {
        switch self {
        case .legBegan(let leg): (leg, "is called in")
        case .legNamed: nil  // The messages beside it say so.
        case .legRang(let leg): (leg, "rings")
        case .legAnswered(let leg): (leg, "is connected")
        case .legHeld(let leg): (leg, "holds the call")
        case .legResumed(let leg): (leg, "is back from hold")
        case .legEnded(let leg): (leg, "is gone")
        case .parked(let slot): (nil, "waits in slot \(slot.number)")
        case .unparked(let slot): (nil, "left slot \(slot.number)")
        case .rang: (nil, "it rings")
        case .answered: (nil, "the call is answered")
        case .ended: (nil, "the call is over")
        }
    }
}
