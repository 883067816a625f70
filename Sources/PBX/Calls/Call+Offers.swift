import Media
import Platform
import SIPStack

/// Re-INVITEs: what one party wants to change is passed to the other, and its answer back.
extension Call {
    /// A re-INVITE came: with an offer, or asking for ours.
    func takeOffer(_ body: MessageBody?, from number: LegNumber) {
        // While a transfer's offers are under way, another one would meet them.
        guard rejoining == nil else {
            return feed(.order(.refuseOffer(.requestPending)), to: number)
        }
        guard body != nil else { return answerWithOffer(number) }
        pendingOffers[number] = body
        decide(.offered(number))
    }

    func passOffer(from: LegNumber, to: LegNumber) {
        guard let body = pendingOffers.removeValue(forKey: from), let local = legs[to]?.local
        else { return decide(.invariantBroken("an offer that is passed on is there")) }
        // An offer that could not go out must not be written: the next one would skip its version.
        guard legs[to]?.usage.isReadyForOffer ?? false else {
            return decide(.offerRefused(to, .requestPending))
        }
        do {
            let offer = try SessionDescription(parsing: body.bytes)
            guard let proposal = try legs[from]?.negotiation.receiveOffer(offer),
                let passed = try legs[to]?.negotiation.makeOffer(
                    from: proposal.audible(), local: local)
            else { return decide(.invariantBroken("an offer is passed between two legs")) }
            feed(.order(.offer(.sdp(passed.encoded()))), to: to)
        } catch {
            recordRefusal(error, of: from)
            let isGlare = (error as? NegotiationError) == .offerPending
            decide(.offerRefused(to, isGlare ? .requestPending : .notAcceptableHere))
        }
    }

    /// The answer to a re-INVITE of ours, whether passed on or our own.
    func takeOfferAnswer(_ body: MessageBody?, from number: LegNumber) {
        guard let body, let answer = try? SessionDescription(parsing: body.bytes),
            (try? legs[number]?.negotiation.receiveAnswer(answer)) != nil
        else {
            legs[number]?.negotiation.abandonOffer()
            decide(.offerRefused(number, .notAcceptableHere))
            return rejoiningRefused(number, .notAcceptableHere)
        }
        decide(.offerAccepted(number))
        joinParties()
        rejoiningAnswered(number)
    }

    func passAnswer(from: LegNumber, to: LegNumber) {
        guard let given = legs[from]?.negotiation.proposal, let local = legs[to]?.local else {
            return
        }
        do throws(NegotiationError) {
            guard let answer = try legs[to]?.negotiation.makeAnswer(from: given, local: local)
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
        for each in legs.keys { legs[each]?.negotiation.abandonOffer() }
        feed(.order(.refuseOffer(status)), to: number)
    }

    /// A re-INVITE without an offer: our 200 offers what the other party last agreed to.
    private func answerWithOffer(_ number: LegNumber) {
        guard case .talking(let callee, nil) = machine.state, let local = legs[number]?.local,
            let wanted = legs[number == machine.caller ? callee : machine.caller]?.negotiation
                .proposal
        else { return refuseOffer(number, .requestPending) }
        do throws(NegotiationError) {
            guard let offer = try legs[number]?.negotiation.makeOffer(from: wanted, local: local)
            else { return }
            feed(.order(.acceptOffer(.sdp(offer.encoded()))), to: number)
        } catch {
            recordRefusal(error, of: number)
            feed(.order(.refuseOffer(.notAcceptableHere)), to: number)
        }
    }

    /// The ACK of a 200 of ours to a re-INVITE; with the answer where the 200 held the offer.
    func takeOfferConfirmation(_ body: MessageBody?, from number: LegNumber) {
        guard legs[number]?.negotiation.isOfferPending ?? false, let callee = talkingCallee else {
            return
        }
        guard let body, let answer = try? SessionDescription(parsing: body.bytes),
            (try? legs[number]?.negotiation.receiveAnswer(answer)) != nil
        else {
            legs[number]?.negotiation.abandonOffer()
            return
        }
        joinParties()
        offerAnew(
            to: number == machine.caller ? callee : machine.caller, asWantedBy: number)
    }

    /// Tells a party what the other now wants, where that differs from what it was told.
    func offerAnew(to number: LegNumber, asWantedBy other: LegNumber) {
        guard let leg = legs[number], let wanting = legs[other]?.negotiation,
            leg.usage.isReadyForOffer, leg.negotiation.needsNewOffer(for: wanting)
        else { return }
        do throws(NegotiationError) {
            guard
                let offer = try legs[number]?.negotiation.makeOffer(
                    from: wanting.proposal, local: leg.local)
            else { return }
            feed(.order(.offer(.sdp(offer.encoded()))), to: number)
        } catch {
            recordRefusal(error, of: number)
        }
    }

    /// Notes that a party holds the call, or takes it up again.
    private func noteHold(of number: LegNumber) {
        guard let leg = legs[number] else { return }
        let streams = leg.negotiation.streams(count: 1, signalling: nil)
        let isHolding = streams.first.map { !$0.remoteReceives } ?? false
        guard isHolding != leg.isHolding else { return }
        legs[number]?.isHolding = isHolding
        note(isHolding ? .held : .resumed, number)
    }
}
