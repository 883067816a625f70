import Media
import Platform
import SIPStack

/// Calls that the exchange answers itself.
extension Call {
    /// The exchange is the callee: as soon as the caller's ports are open. Where it is whom a transfer
    /// leads to, they are.
    func attend(_ place: HousePlace) {
        guard place != .fax || surroundings.faxes != nil else {
            return decide(.notFound(.unknownNumber))
        }
        if case .transferring(let transfer) = machine.state {
            guard transfer.ringing == nil, !transfer.isRecall, !tries(.house(place)) else { return }
            house = place
            houseNumber = callee?.digits ?? houseNumber
            return decide(.attended)
        }
        guard machine.state == .seeking else { return }
        house = place
        if legs[.caller]?.value.isMediaOpen ?? false { decide(.attended) }
    }

    /// Whom the exchange talks with: who called, or who was sent here.
    var attendedParty: LegNumber { machine.caller }

    /// Answers the caller.
    func answerHere() {
        guard let answer = describeCallerHere() else { return decide(.incompatible(.caller)) }
        record.answeredAt = world.time.wallTime
        beginSound()
        feed(.order(.answer(answer)), to: .caller)
        storeAnswer(.caller)
        tellExchange(.talking)
        listenForFax(answeredBy: nil)
        beginSteps()
        departIfAgreed()
    }

    /// What is heard there from the first moment.
    func beginSound() {
        attendance = house == .melody ? music : house?.attendance
        // A fax machine is heard from the first moment, or nothing is.
        if house != .fax { attendCaller() }
    }

    /// What happens there step by step begins.
    func beginSteps() {
        script = house.flatMap(HouseScript.init)
        advanceScript(.began)
        beginEntrance()
        if house == .fax { receiveFax() }
    }

    private func describeCallerHere() -> MessageBody? {
        guard let local = legs[.caller]?.value.local else { return nil }
        let ours = proposalHere
        do throws(NegotiationError) {
            let description: SessionDescription?
            if let wanted {
                description = try legs[.caller]?.value.negotiation.makeAnswer(
                    from: chosenHere(wanted), local: local)
            } else {
                description = try legs[.caller]?.value.negotiation.makeOffer(
                    from: ours, local: local)
            }
            return description.map { .sdp($0.encoded()) }
        } catch {
            recordRefusal(error, of: .caller)
            return nil
        }
    }

    /// What we offer a caller that leaves the offer to us.
    var proposalHere: MediaProposal {
        let all = MediaProposal.supported(
            by: legs[attendedParty]?.value.negotiation.policy ?? .standard)
        return house == .fax ? all.fitForModems : all
    }

    /// Tells the media plane what the caller shall hear from now on.
    func attendCaller(with attendance: Attendance) {
        self.attendance = attendance
        attendCaller()
    }

    /// Tells the media plane how the caller stands, and what it shall hear.
    func attendCaller() {
        guard welcome == nil, let leg = legs[attendedParty], leg.negotiation.isAgreed,
            let attendance
        else { return }
        describe(attendedParty)
        watchLives()
        surroundings.media.post(.attend(leg.mediaID, attendance))
    }

    /// The ACK of our answer, with the party's where ours was the offer.
    func takeConfirmationHere(_ body: MessageBody?, from number: LegNumber) {
        guard number == attendedParty,
            legs[number]?.value.negotiation.isOfferPending ?? false
        else { return }
        guard let body, let answer = try? SessionDescription(parsing: body.bytes),
            (try? legs[number]?.value.negotiation.receiveAnswer(answer)) != nil
        else { return decide(.incompatible(number)) }
        if number == .caller { wanted = legs[number]?.value.negotiation.proposal }
        attendCaller()
        departIfAgreed()
    }

    /// The answer to an offer of ours, to the party that talks with us.
    func takeAnswerHere() {
        guard welcome == nil else { return welcomeAnswered() }
        turnFax()
        attendCaller()
    }

    /// A re-INVITE without an offer: our 200 has one.
    func offerHere(_ number: LegNumber) {
        guard let local = legs[number]?.value.local else { return }
        let ours = proposalHere
        do throws(NegotiationError) {
            guard
                let offer = try legs[number]?.value.negotiation.makeOffer(
                    from: ours, local: local)
            else { return }
            feed(.order(.acceptOffer(.sdp(offer.encoded()))), to: number)
        } catch {
            recordRefusal(error, of: number)
            feed(.order(.refuseOffer(.notAcceptableHere)), to: number)
        }
    }

    /// An offer of ours may go: the session is refreshed with what was said last (RFC 4028 §7.4).
    func refreshHere(_ number: LegNumber, isRefresh: Bool) {
        if welcome != nil, number == attendedParty { return offerWelcome() }
        if number == attendedParty, offerFax() { return }
        guard isRefresh, let leg = legs[number], leg.usage.isReadyForOffer,
            let offer = try? legs[number]?.value.negotiation.repeatOffer(local: leg.local)
        else { return }
        feed(.order(.offer(.sdp(offer.encoded()), .own)), to: number)
    }

    /// A key of a party, told in one way or another; it may mean something here.
    func takeKey(_ key: Character?, by way: KeyIntake.Way, from number: LegNumber) {
        guard let key, legs[number]?.keys.admits(key, by: way, now: world.time.now) == true
        else { return }
        note(.digit, number)
        guard machine.state == .attended else { return takeRecordingKey(key, from: number) }
        guard number == attendedParty, welcome == nil else { return }
        advanceScript(.pressed(key))
        advanceEntrance(.pressed(key))
    }
}

extension HousePlace {
    /// What the media plane does there at first.
    var attendance: Attendance {
        switch self {
        case .echo: .echo
        case .melody: .tune(.melody)
        case .levelTone: .tune(.level)
        case .clock, .playback, .fax, .conference: .tune(.silence)
        }
    }

    /// Legs that meet in a room live on one media loop; who is asked for the ID moves there.
    var callKey: UInt64? {
        if case .conference(let conferenceID?) = self { conferenceID.roomID.number } else { nil }
    }
}

extension MediaProposal {
    /// Of what a party proposes the codec that we speak and it likes best, with its events, both ways.
    var spokenHere: MediaProposal {
        MediaProposal(
            streams: streams.compactMap { stream in
                guard stream.kind == .audio,
                    let sound = stream.formats.first(where: { SoundKind($0.codec) != nil })
                else { return nil }
                let events = stream.formats.filter(\.codec.isTelephoneEvent)
                let event =
                    events.first { $0.codec.clockRate == sound.codec.clockRate } ?? events.first
                var chosen = stream
                let noise = stream.formats.first {
                    $0.codec.isComfortNoise && $0.codec.clockRate == sound.codec.clockRate
                }
                chosen.formats = [sound, event, noise].compactMap(\.self)
                chosen.direction = .sendReceive
                return chosen
            })
    }
}
