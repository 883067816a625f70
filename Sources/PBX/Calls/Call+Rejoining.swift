import Media
import Platform
import SIPStack

/// Two answered parties that come together agree anew, one after the other.
struct Rejoining: Sendable, Equatable {
    /// Who is still to be offered what the other wants; the first is asked as soon as it may be.
    var open: [LegNumber]
    let first: LegNumber
    let second: LegNumber
    /// Offers that met another: after so many the parties talk as they are.
    var collisions = 0
    /// The second has been asked once more, because the first took less.
    var isRepeated = false

    static let collisionLimit = 8
    /// A phone may refuse an offer while another exchange of its dialog is under way (RFC 3261
    /// §14.2), and not say for how long.
    static let refusalPause = Duration.seconds(2)

    func other(than leg: LegNumber) -> LegNumber { leg == first ? second : first }
}

/// Media of parties that a transfer brought together: each is told, by a re-INVITE, what the other
/// wants and who it is (RFC 4916), and both hear each other as soon as they can.
extension Call {
    func rejoin(_ first: LegNumber, _ second: LegNumber) {
        // A target that was rung has just been offered what the other wants; one that talked not.
        let isNew = legs[second]?.value.record.answeredAt == nil
        let now = world.time.wallTime
        if record.answeredAt == nil { record.answeredAt = now }
        for (leg, other) in [(first, second), (second, first)] {
            if let identity = legs[other]?.value.identity {
                feed(.order(.referral(.introduce(identity))), to: leg)
            }
            if let talking = legs[leg]?.value.record, talking.answeredAt == nil {
                legs[leg]?.value.record.answeredAt = now
            }
        }
        storeAnswer(of: [first, second])
        rejoining = Rejoining(
            open: isNew ? [first] : [second, first], first: first, second: second)
        joinParties()
        advanceRejoining()
        tellExchange(.talking)
    }

    /// Asks for the turn of the next offer: it comes when nobody's offer is open (`takeTurn`).
    func offerAgain() {
        if welcome != nil { return feed(.order(.requestTurn), to: attendedParty) }
        if let trial { return feed(.order(.requestTurn), to: trial.waiting) }
        guard rejoining != nil else { return }
        advanceRejoining()
    }

    func advanceRejoining() {
        guard let open = rejoining, let number = open.open.first, legs[number] != nil,
            legs[open.other(than: number)] != nil
        else { return finishRejoining() }
        feed(.order(.requestTurn), to: number)
    }

    /// It is that party's turn to be offered what the other wants.
    func offerRejoined(to number: LegNumber) {
        guard let open = rejoining, open.open.first == number, let leg = legs[number],
            let other = legs[open.other(than: number)]
        else { return }
        let isLast = open.open.count == 1
        let proposal = other.negotiation.proposal.spoken().audible()
        do throws(NegotiationError) {
            let offer = try legs[number]?.value.negotiation.makeOffer(
                from: isLast ? proposal : proposal.widened(), local: leg.local)
            guard let offer else { return }
            feed(.order(.offer(.sdp(offer.encoded()), .own)), to: number)
        } catch {
            recordRefusal(error, of: number)
            rejoiningRefused(number, .notAcceptableHere)
        }
    }

    /// The answer to our offer is in.
    func rejoiningAnswered(_ number: LegNumber) {
        guard rejoining?.open.first == number else { return }
        rejoining?.open.removeFirst()
        advanceRejoining()
    }

    func rejoiningRefused(_ number: LegNumber, _ status: Status) {
        guard rejoining?.open.first == number else { return }
        if (rejoining?.collisions ?? 0) < Rejoining.collisionLimit {
            rejoining?.collisions += 1
            // Its usage gives it another turn after the pause of RFC 3261 §14.1.
            if status == .requestPending { return feed(.order(.requestTurn), to: number) }
            if status == .serverInternalError {
                return deadlines.set(.rejoining, at: world.time.now + Rejoining.refusalPause)
            }
        }
        note("media.notAgreed", number, [("why", "\(status.code) to a transfer's offer")])
        rejoining?.open.removeFirst()
        advanceRejoining()
    }

    private func finishRejoining() {
        guard let done = rejoining else { return }
        if !done.isRepeated, let first = legs[done.first], let second = legs[done.second],
            second.negotiation.needsNewOffer(for: first.negotiation)
        {
            rejoining?.isRepeated = true
            rejoining?.open = [done.second]
            return advanceRejoining()
        }
        rejoining = nil
        joinParties()
        guard let first = legs[done.first]?.value.negotiation,
            let second = legs[done.second]?.value.negotiation, first.isAgreed, second.isAgreed,
            !first.canSpeak(with: second)
        else { return }
        // They share nothing that could be heard: silence for ever helps nobody.
        decide(.incompatible(done.first))
    }

    /// Joins, or parts, the media of the two that talk, as their descriptions say.
    func joinParties() {
        guard case .talking(let callee, _) = machine.state else { return }
        join(machine.caller, callee)
    }

    /// Tells the relay where a party is and what it takes.
    func describe(_ number: LegNumber) {
        guard let leg = legs[number], leg.negotiation.isAgreed else { return }
        let streams = leg.negotiation.streams(
            count: leg.local.count, signalling: leg.signalling)
        for (index, stream) in streams.enumerated() {
            surroundings.media.post(.describe(leg.mediaID, stream: index, stream))
        }
        noteSecurity(of: number)
    }

    /// A party that waits hears music; false where nothing is agreed that it could hear.
    @discardableResult
    func playMusic(to number: LegNumber) -> Bool {
        guard let leg = legs[number], leg.negotiation.isAgreed else { return false }
        surroundings.media.post(.attend(leg.mediaID, music))
        return true
    }

    /// A party begins to wait.
    func beginMusic(to number: LegNumber) {
        waitingTune = .melody
        playMusic(to: number)
    }

    /// It rings where a party wants to be.
    func playRingback(to number: LegNumber) { play(.ringback, to: number) }

    /// A party hears how its call goes.
    func play(_ tone: CallTone, to number: LegNumber) {
        waitingTune = .call(tone, surroundings.configuration.toneCountry)
        playWaitingTune(to: number)
    }

    /// What those hear who wait: the house's music, else a melody of our own.
    var music: Attendance {
        surroundings.configuration.music?.playlist.map { .clips($0) } ?? .tune(.melody)
    }

    /// What a party hears that waits for another: music, and the tone of ringing once it rings.
    func playWaitingTune(to number: LegNumber) {
        guard waitingTune != .melody else { return _ = playMusic(to: number) }
        guard let leg = legs[number], leg.negotiation.isAgreed else { return }
        surroundings.media.post(.attend(leg.mediaID, .tune(waitingTune)))
    }
}
