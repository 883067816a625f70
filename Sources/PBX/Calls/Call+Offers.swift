import Media
import Platform
import SIPStack

/// An offer of a party that waits to be passed on.
struct PendingOffer: Sendable {
    var body: MessageBody
    /// It came by UPDATE, and goes on as one where the other side takes that.
    var isUpdate: Bool
}

/// Re-INVITEs and UPDATEs: what one party wants to change is passed to the other, and its answer back.
extension Call {
    /// How long a party may take to answer what the other offered: people may be asked for a
    /// re-INVITE, nobody is for an UPDATE.
    private static let offerPatience = Duration.seconds(60)
    private static let updatePatience = Duration.seconds(20)

    /// An offer came, or a re-INVITE that asks for ours.
    func takeOffer(_ body: MessageBody?, by method: Method, from number: LegNumber) {
        // While a transfer's offers are under way, another one would meet them.
        guard rejoining == nil else {
            return feed(.order(.refuseOffer(.requestPending)), to: number)
        }
        guard let body else { return answerWithOffer(number) }
        pendingOffers[number] = PendingOffer(body: body, isUpdate: method != .invite)
        decide(.offered(number))
    }

    func passOffer(from: LegNumber, to: LegNumber) {
        guard let pending = pendingOffers.removeValue(forKey: from), let other = legs[to] else {
            return decide(.invariantBroken("an offer that is passed on is there"))
        }
        guard other.usage.isReadyForOffer else {
            // Glare: an offer of that party, or one of our own to it, is open (RFC 3261 §14.1). One
            // that could not go out must not be written: the next one would skip its version.
            return decide(.offerRefused(to, .requestPending))
        }
        do {
            let offer = try readOffer(pending.body, of: from)
            guard let proposal = try legs[from]?.value.negotiation.receiveOffer(offer),
                let passed = try legs[to]?.value.negotiation.makeOffer(
                    from: proposal.audible(), local: other.local)
            else { return decide(.invariantBroken("an offer is passed between two legs")) }
            // RFC 3311 §5.2: an UPDATE has little time; its sender gives up after 32 s.
            let patience = pending.isUpdate ? Self.updatePatience : Self.offerPatience
            deadlines.set(.offer, at: world.time.now + patience)
            let manner = InviteSession.OfferManner.passed(asUpdate: pending.isUpdate)
            feed(.order(.offer(.sdp(passed.encoded()), manner)), to: to)
        } catch {
            recordRefusal(error, of: from)
            let isGlare = (error as? NegotiationError) == .offerPending
            decide(.offerRefused(to, isGlare ? .requestPending : .notAcceptableHere))
        }
    }

    /// The answer to an offer of ours, whether passed on or our own.
    func takeOfferAnswer(_ body: MessageBody?, from number: LegNumber) {
        guard let body, let answer = try? SessionDescription(parsing: body.bytes),
            (try? legs[number]?.value.negotiation.receiveAnswer(answer)) != nil
        else {
            legs[number]?.value.negotiation.abandonOffer()
            decide(.offerRefused(number, .notAcceptableHere))
            welcomeRefused(number, .notAcceptableHere)
            rejoiningRefused(number, .notAcceptableHere)
            return trialRefused(number, .notAcceptableHere)
        }
        decide(.offerAccepted(number))
        if machine.state == .attended, number == attendedParty {
            takeAnswerHere()
        }
        joinParties()
        rejoiningAnswered(number)
        trialAnswered(number)
    }

    func passAnswer(from: LegNumber, to: LegNumber) {
        guard let given = legs[from]?.value.negotiation.proposal, let local = legs[to]?.value.local
        else {
            return
        }
        do throws(NegotiationError) {
            guard let answer = try legs[to]?.value.negotiation.makeAnswer(from: given, local: local)
            else { return }
            noteHold(of: to)
            feed(.order(.acceptOffer(.sdp(answer.encoded()))), to: to)
        } catch {
            recordRefusal(error, of: to)
            refuseOffer(to, .notAcceptableHere)
        }
    }

    func refuseOffer(_ number: LegNumber, _ status: Status) {
        pendingOffers[number] = nil
        legs[number]?.value.negotiation.abandonOffer()
        feed(.order(.refuseOffer(status)), to: number)
    }

    /// A re-INVITE without an offer: our 200 offers what the other party last agreed to.
    private func answerWithOffer(_ number: LegNumber) {
        if machine.state == .attended { return offerHere(number) }
        guard case .talking(let callee, nil) = machine.state, let local = legs[number]?.value.local,
            let wanted = legs[number == machine.caller ? callee : machine.caller]?.value.negotiation
                .proposal
        else { return refuseOffer(number, .requestPending) }
        do throws(NegotiationError) {
            guard
                let offer = try legs[number]?.value.negotiation.makeOffer(
                    from: wanted, local: local)
            else { return }
            feed(.order(.acceptOffer(.sdp(offer.encoded()))), to: number)
        } catch {
            recordRefusal(error, of: number)
            feed(.order(.refuseOffer(.notAcceptableHere)), to: number)
        }
    }

    /// The ACK of a 200 of ours to a re-INVITE; with the answer where the 200 held the offer.
    func takeOfferConfirmation(_ body: MessageBody?, from number: LegNumber) {
        let isHere = machine.state == .attended
        guard legs[number]?.value.negotiation.isOfferPending ?? false,
            isHere || talkingCallee != nil
        else { return }
        guard let body, let answer = try? SessionDescription(parsing: body.bytes),
            (try? legs[number]?.value.negotiation.receiveAnswer(answer)) != nil
        else {
            legs[number]?.value.negotiation.abandonOffer()
            return
        }
        if isHere { return number == attendedParty ? attendCaller() : () }
        guard let callee = talkingCallee else { return }
        joinParties()
        offerAnew(
            to: number == machine.caller ? callee : machine.caller, asWantedBy: number)
    }

    /// Tells a party what the other now wants, where that differs from what it was told: as soon as
    /// an offer to it may go.
    func offerAnew(to number: LegNumber) {
        guard let other = partner(of: number) else { return }
        offerAnew(to: number, asWantedBy: other)
    }

    func offerAnew(to number: LegNumber, asWantedBy other: LegNumber) {
        guard let leg = legs[number], let wanting = legs[other]?.value.negotiation,
            leg.negotiation.needsNewOffer(for: wanting)
        else { return }
        feed(.order(.requestTurn), to: number)
    }

    /// An offer of ours to that party may go: what the other wants by now, or, to refresh the
    /// session, what was said last (RFC 4028 §7.4).
    func takeTurn(_ number: LegNumber, isRefresh: Bool) {
        if machine.state == .attended { return refreshHere(number, isRefresh: isRefresh) }
        if trial?.waiting == number, offerTrial() { return }
        if let rejoining, rejoining.open.contains(number) {
            return offerRejoined(to: number)  // Its offer comes in its turn, and refreshes, too.
        }
        guard let leg = legs[number], leg.negotiation.isAgreed, leg.usage.isReadyForOffer else {
            return
        }
        // Who waits for a partner is refreshed all the same.
        let wanting = partner(of: number).flatMap { legs[$0]?.value.negotiation }
        let isNews = wanting.map { $0.isAgreed && leg.negotiation.needsNewOffer(for: $0) } ?? false
        guard isNews || isRefresh else { return }
        do throws(NegotiationError) {
            let offer: SessionDescription?
            if isNews, let wanting {
                offer = try legs[number]?.value.negotiation.makeOffer(
                    from: wanting.proposal.audible(), local: leg.local)
            } else {
                offer = try legs[number]?.value.negotiation.repeatOffer(local: leg.local)
            }
            guard let offer else { return }
            feed(.order(.offer(.sdp(offer.encoded()), .own)), to: number)
        } catch {
            recordRefusal(error, of: number)
        }
    }

    /// Notes that a party holds the call, or takes it up again.
    func noteHold(of number: LegNumber) {
        guard let leg = legs[number] else { return }
        let streams = leg.negotiation.streams(count: 1, signalling: nil)
        let isHolding = streams.first.map { !$0.remoteReceives } ?? false
        guard isHolding != leg.isHolding else { return }
        legs[number]?.value.isHolding = isHolding
        note(isHolding ? .held : .resumed, number)
    }
}
