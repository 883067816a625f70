import Media
import Platform
import SIPStack

/// A party that is sent to a number of the exchange's own is agreed with anew, before anything is
/// heard there: it may have been on hold, or speak with its former party what we don't.
struct Welcome: Sendable, Equatable {
    /// An offer of ours is on its way; another one's answer does not count.
    var isOffered = false
    /// Offers that met another: after so many it is left as it stands.
    var collisions = 0

    static let collisionLimit = 8
}

/// Whoever is transferred to the exchange itself: by REFER, or in the place of who asked here first.
extension Call {
    func beginWelcome(_ number: LegNumber) {
        // Two talked until now; a room has recordings of its own.
        endRecording()
        rejoining = nil
        welcome = Welcome()
        deadlines.cancel(.door)
        if entrance?.isAsking ?? true {
            // Said to another one.
            lastSpeech += 1
            script = nil
            entrance = nil
            tape = nil
        }
        hushOthers()
        if let callee {
            let identity = surroundings.configuration.address(of: callee)
            feed(.order(.referral(.introduce(identity))), to: number)
        }
        feed(.order(.requestTurn), to: number)
    }

    /// Who was here before hears no more of it, while it says goodbye.
    private func hushOthers() {
        for leg in legs.values
        where leg.number != attendedParty && leg.record.answeredAt != nil && !leg.isMediaClosed {
            surroundings.media.post(.attend(leg.mediaID, .tune(.silence)))
        }
    }

    /// An offer of ours to the party may go.
    func offerWelcome() {
        guard welcome?.isOffered == false, let leg = legs[attendedParty],
            leg.usage.isReadyForOffer
        else { return }
        let ours = proposalHere
        do throws(NegotiationError) {
            let offer = try legs[attendedParty]?.value.negotiation.makeOffer(
                from: ours, local: leg.local)
            guard let offer else { return }
            welcome?.isOffered = true
            feed(.order(.offer(.sdp(offer.encoded()), .own)), to: attendedParty)
        } catch {
            recordRefusal(error, of: attendedParty)
            endWelcome()
        }
    }

    func welcomeAnswered() {
        guard welcome?.isOffered ?? false else { return }
        endWelcome()
    }

    func welcomeRefused(_ number: LegNumber, _ status: Status) {
        guard let open = welcome, open.isOffered, number == attendedParty else { return }
        welcome?.isOffered = false
        if open.collisions < Welcome.collisionLimit {
            welcome?.collisions += 1
            // Its usage gives it another turn after the pause of RFC 3261 §14.1.
            if status == .requestPending { return feed(.order(.requestTurn), to: number) }
            if status == .serverInternalError {
                return deadlines.set(.rejoining, at: world.time.now + Rejoining.refusalPause)
            }
        }
        note("media.notAgreed", number, [("why", "\(status.code) to a transfer's offer")])
        endWelcome()
    }

    /// What there is to be heard begins, where the party can hear it.
    private func endWelcome() {
        welcome = nil
        guard let negotiation = legs[attendedParty]?.value.negotiation, negotiation.isAgreed,
            house == .fax && negotiation.isImage
                || !negotiation.proposal.spokenHere.streams.isEmpty
        else { return decide(.incompatible(attendedParty)) }
        switch house {
        case .fax: relieveFax()
        case .conference where entrance != nil: relieveGuest()
        case .echo, .melody, .levelTone, .clock, .playback, .conference, nil:
            beginSound()
            beginSteps()
        }
        tellExchange(.talking)
    }
}
