import Media
import Platform
import SIPStack

/// Media before the answer: one callee's early media, reliable descriptions, and what a party
/// changes meanwhile (RFC 3262 §5, RFC 3311, RFC 6337 §3).
extension Call {
    /// A description in a 18x: true where it may be heard.
    func takeEarlyAnswer(_ body: MessageBody?, from number: LegNumber) -> Bool {
        guard let body, let answer = try? SessionDescription(parsing: body.bytes),
            (try? legs[number]?.value.negotiation.receiveAnswer(answer)) != nil
        else { return false }
        return legs[number]?.value.negotiation.isAgreed ?? false
    }

    /// Tells the caller how it goes. Early media is heard by a caller that made an offer, or that
    /// takes ours in a reliable response. What was described reliably stands: another callee's
    /// media is joined to it, and the rest is settled after the answer.
    func progressCaller(_ status: Status, mediaFrom source: LegNumber?) {
        guard let source, let usage = legs[.caller]?.value.usage, usage.takesEarlyDescription else {
            return feed(.order(.progress(status, nil)), to: .caller)
        }
        earlySource = source
        if usage.hasSettledDescription {
            join(.caller, source)
            return feed(.order(.progress(status, nil)), to: .caller)
        }
        guard let answer = describeCaller(from: source) else {
            return feed(.order(.progress(status, nil)), to: .caller)
        }
        join(.caller, source)
        feed(.order(.progress(.sessionProgress, answer)), to: .caller)
    }

    /// The caller's PRACK: the answer to the offer of our reliable response.
    func takeEarlyConfirmation(_ body: MessageBody?) {
        guard let body, let answer = try? SessionDescription(parsing: body.bytes),
            (try? legs[.caller]?.value.negotiation.receiveAnswer(answer)) != nil
        else { return decide(.incompatible(.caller)) }
        wanted = legs[.caller]?.value.negotiation.proposal
        if let source = partner(of: .caller) ?? earlySource { join(.caller, source) }
    }

    /// An offer before the answer (PRACK, UPDATE) is answered here, with what is agreed: the other
    /// side may be several phones. What it changes is offered on when somebody has answered.
    func settleOffer(_ number: LegNumber) {
        guard let pending = pendingOffers.removeValue(forKey: number),
            let leg = legs[number]
        else { return decide(.invariantBroken("an offer that is settled is there")) }
        let other = number == .caller ? earlySource : .caller
        let isHere = machine.state == .attended
        let given =
            other.flatMap { legs[$0]?.value.negotiation }.flatMap {
                $0.isAgreed ? $0.proposal : nil
            }
            ?? MediaProposal.supported(by: leg.negotiation.policy)
        do {
            let offer = try readOffer(pending.body, of: number)
            let proposal = try legs[number]?.value.negotiation.receiveOffer(offer)
            guard
                let answer = try legs[number]?.value.negotiation.makeAnswer(
                    from: isHere ? proposal.map(chosenHere) ?? given : given, local: leg.local)
            else { return }
            if number == .caller { wanted = proposal }
            if isHere {
                noteHold(of: number)
                turnFax()
                attendCaller()
            } else if let other {
                join(number, other)
            }
            feed(.order(.acceptOffer(.sdp(answer.encoded()))), to: number)
        } catch {
            recordRefusal(error, of: number)
            refuseOffer(number, .notAcceptableHere)
        }
    }
}
