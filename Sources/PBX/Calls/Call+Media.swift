import Media
import Platform
import SIPStack

/// Offers, answers and ports: what a call's legs tell each other about media (RFC 3264).
///
/// The recipes stand with ``MediaNegotiation``.
extension Call {
    /// The offer in the caller's INVITE, if it had one.
    func takeFirstOffer() {
        guard let body = setup.request.content else { return }
        do {
            let offer = try readOffer(body, of: .caller)
            wanted = try legs[.caller]?.value.negotiation.receiveOffer(offer)
        } catch {
            recordRefusal(error, of: .caller)
            decide(.incompatible(.caller))
        }
    }

    func handle(_ event: MediaEvent, of number: LegNumber) {
        switch event {
        case .opened(_, let streams):
            let local = reachable(streams, by: number)
            legs[number]?.value.local = local
            legs[number]?.value.isMediaOpen = true
            if number != .caller { invite(number) }
            let isAttended = house != nil || place != nil
            if number == .caller, isAttended, machine.state == .seeking { decide(.attended) }
        case .refused(_, let why):
            takeRefusal(why, of: number)
        case .moved:
            legs[number]?.value.isMediaMoving = false
            waitOn(number)
            joinParties()
        case .closed(_, let counters):
            legs[number]?.value.isMediaClosed = true
            if let roundTrip = counters.roundTrip {
                note("media.roundTrip", number, [("time", "\(roundTrip)")])
            }
            noteRefused(counters, of: number)
            takeTotals(counters, of: number)
        case .latched(_, let stream, let address):
            note("media.latched", number, [("stream", "\(stream)"), ("from", "\(address)")])
        case .firstPacket:
            note("media.flows", number)
        case .silent(_, let stream):
            note("media.silent", number, [("stream", "\(stream)")])
            watch(.silent, number)
        case .heard:
            watch(.heard, number)
        case .consentEnded:
            note("media.consentEnded", number)
            watch(.silent, number)
        case .finished where number == attendedParty:
            advanceScript(.finished)
            advanceEntrance(.finished)
        case .finished: break
        case .secured(_, _, let suite?):
            note("media.encrypted", number, [("suite", suite.name), ("by", "handshake")])
        case .secured(_, _, nil):
            note("media.handshakeFailed", number)
        case .faxTone: faxToneHeard(from: number)
        case .digit(_, let event):
            let isEvent = legs[number]?.negotiation.hasTelephoneEvents ?? false
            takeKey(event.character, by: isEvent ? .event : .tone, from: number)
        }
    }

    /// The media plane did not do what it was told.
    private func takeRefusal(_ why: MediaRefusal, of number: LegNumber) {
        world.recorder.record(
            .warning, "media.refused", [("call", id.description), ("why", "\(why)")])
        if legs[number]?.value.isMediaOpen == false { legs[number]?.value.isMediaClosed = true }
        switch why {
        case .noPorts, .full: decide(.mediaRefused(number))
        // Who waits and speaks no codec of ours waits in silence.
        case .noSound where house == nil || welcome != nil || number != attendedParty: break
        case .notOnOneLoop where legs.values.contains(where: { $0.value.isMediaMoving }): break
        // Whom the conference knows no more the media plane may still have.
        case .roomFull where entrance?.isInside ?? false: advanceEntrance(.answered(.isFull))
        case .badSetup, .notOnOneLoop, .noSound, .roomFull:
            decide(.invariantBroken("media: \(why)"))
        }
    }

    /// The ports of a callee's leg are open: its INVITE goes out.
    private func invite(_ number: LegNumber) {
        guard let leg = legs[number], !leg.isSessionOver else { return }
        let proposal = offerForCallee(leg)
        do throws(NegotiationError) {
            guard
                let offer = try legs[number]?.value.negotiation.makeOffer(
                    from: proposal, local: leg.local)
            else { return }
            legs[number]?.value.isInvited = true
            feed(.order(.invite(.sdp(offer.encoded()))), to: number)
        } catch {
            recordRefusal(error, of: number)
            decide(.incompatible(number))
        }
    }

    /// The callee's 200.
    func takeAnswer(_ body: MessageBody?, from number: LegNumber) {
        if let body {
            do {
                let answer = try SessionDescription(parsing: body.bytes)
                try legs[number]?.value.negotiation.receiveAnswer(answer)
            } catch {
                recordRefusal(error, of: number)
            }
        }
        guard legs[number]?.value.negotiation.isAgreed ?? false else {
            return decide(.incompatible(number))
        }
        if !tries(.target(number)) { decide(.answered(number)) }
    }

    /// The winner and the caller hear each other.
    func connect(_ number: LegNumber) {
        var answer: MessageBody?
        if legs[.caller]?.value.usage.hasSettledDescription != true {
            answer = describeCaller(from: number)
            guard answer != nil else { return decide(.incompatible(number)) }
        }
        record.answeredAt = world.time.wallTime
        join(.caller, number)
        feed(.order(.answer(answer)), to: .caller)
        storeAnswer(number)
        tellExchange(.talking)
        listenForFax(answeredBy: number)
        if legs[number]?.value.record.role == .callee, number.isNewcomer {
            introduce(number, to: .caller)
        }
    }

    /// The caller's answer made of what that callee took; the offer, where the caller made none.
    func describeCaller(from number: LegNumber) -> MessageBody? {
        guard let given = legs[number]?.value.negotiation.proposal,
            let local = legs[.caller]?.value.local
        else { return nil }
        do throws(NegotiationError) {
            let description =
                wanted == nil
                ? try legs[.caller]?.value.negotiation.makeOffer(from: given, local: local)
                : try legs[.caller]?.value.negotiation.makeAnswer(from: given, local: local)
            return description.map { .sdp($0.encoded()) }
        } catch {
            recordRefusal(error, of: .caller)
            return nil
        }
    }

    /// The caller's ACK: the answer, where our 200 held the offer. Where the caller had a reliable
    /// description before, the two may have been told different things.
    func takeConfirmation(_ body: MessageBody?, from number: LegNumber) {
        if machine.state == .attended { return takeConfirmationHere(body, from: number) }
        let isOpen = legs[number]?.value.negotiation.isOfferPending ?? false
        if isOpen {
            guard let body, let answer = try? SessionDescription(parsing: body.bytes),
                (try? legs[number]?.value.negotiation.receiveAnswer(answer)) != nil
            else {
                legs[number]?.value.negotiation.abandonOffer()
                return decide(.incompatible(number))
            }
            if number == .caller { wanted = legs[number]?.value.negotiation.proposal }
        }
        guard let other = partner(of: number) else { return waitOn(number) }
        let hadSettled = legs[number]?.value.usage.hasSettledDescription ?? false
        if isOpen || hadSettled { joinParties() }
        offerAnew(to: other, asWantedBy: number)
        if hadSettled { offerAnew(to: number, asWantedBy: other) }
    }

    /// Tells the relay who is where, and joins the two.
    func join(_ one: LegNumber, _ other: LegNumber) {
        guard let first = legs[one], let second = legs[other] else { return }
        describe(one)
        describe(other)
        guard first.negotiation.isAgreed, second.negotiation.isAgreed else { return }
        watchLives()
        // A leg that is between two loops is joined when it has arrived.
        guard !first.isMediaMoving, !second.isMediaMoving else { return }
        if first.negotiation.isHolding, playMusic(to: other) { return }
        if second.negotiation.isHolding, playMusic(to: one) { return }
        let bridge = MediaBridge(from: first.negotiation, to: second.negotiation)
        surroundings.media.post(.bridge(first.mediaID, second.mediaID, bridge))
        recordParties(one, other)
    }

    func closeMedia(of number: LegNumber) {
        guard let leg = legs[number], !leg.isMediaClosed else { return }
        surroundings.media.post(.close(leg.mediaID))
    }

    var talkingCallee: LegNumber? {
        guard case .talking(let callee, _) = machine.state else { return nil }
        return callee
    }

    /// Whom that party talks with.
    func partner(of number: LegNumber) -> LegNumber? {
        guard let callee = talkingCallee else { return nil }
        if number == machine.caller { return callee }
        return number == callee ? machine.caller : nil
    }

    func recordRefusal(_ error: any Error, of number: LegNumber) {
        note("media.notAgreed", number, [("why", "\(error)")])
    }
}
