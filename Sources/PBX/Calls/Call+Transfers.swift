import Media
import Platform
import SIPStack

/// REFERs of this call's parties, done here: nobody's REFER is passed on.
extension Call {
    func takeReferral(
        _ request: Request, _ transaction: ServerTransactionID, from number: LegNumber
    ) {
        // Who is outside sends nobody on: it would be with nobody's rights.
        guard legs[number]?.value.record.extensionID != nil else {
            return feed(.order(.conclude(transaction, request, .forbidden)), to: number)
        }
        let (referral, refusal) = Referral.read(request, transaction)
        guard let referral, legs[number]?.value.referral == nil else {
            let status = referral == nil ? refusal : .requestPending
            return feed(.order(.conclude(transaction, request, status)), to: number)
        }
        legs[number]?.value.referral = referral
        if case .call = referral.target {
            decide(.referred(number, toCall: true))
        } else {
            decide(.referred(number, toCall: false))
        }
    }

    func acceptReferral(of number: LegNumber) {
        guard let referral = legs[number]?.value.referral else { return }
        let order = InviteSession.ReferralOrder.accept(referral.transaction, referral.request)
        feed(.order(.referral(order)), to: number)
    }

    func refuseReferral(of number: LegNumber, _ status: Status) {
        guard let referral = legs[number]?.value.referral else { return }
        legs[number]?.value.referral = nil
        feed(.order(.conclude(referral.transaction, referral.request, status)), to: number)
    }

    func tellReferral(of number: LegNumber, _ status: Status) {
        if status.isFinal { legs[number]?.value.referral = nil }
        feed(.order(.referral(.tell(status))), to: number)
    }

    /// Asks the exchange for the phones of the number that a REFER names, with the transferor's rights.
    func seekTarget(askedBy number: LegNumber) {
        guard let referral = legs[number]?.value.referral,
            case .number(let digits) = referral.target,
            let transferor = legs[number]?.value.record.extensionID
        else { return decide(.notFound(.notAllowed)) }
        seek(.number(digits, askedBy: transferor, referral.request))
    }

    /// Asks for the phones of the transferor: its call comes back.
    func seekTransferor(_ number: LegNumber) {
        guard let transferor = legs[number]?.value.record.extensionID else {
            return decide(.notFound(.notRegistered))
        }
        seek(.own(transferor))
    }

    func seek(_ goal: TargetSearch.Goal) {
        let search = TargetSearch(goal: goal, call: mailbox)
        if !surroundings.exchange.post(.seek(search)) { decide(.notFound(.overload)) }
    }

    /// Whom a transfer rings from now on.
    func takeTarget(_ party: Party, _ devices: [DeviceRecord]) {
        callee = party
        calleeDevices = devices
    }

    /// What a callee is offered: what the party that waits wants.
    func offerForCallee(_ leg: Shared<Leg>) -> MediaProposal {
        guard case .transferring(let transfer) = machine.state,
            let waiting = legs[transfer.transferee]?.value.negotiation
        else { return wanted ?? .supported(by: leg.negotiation.policy) }
        return waiting.proposal.spoken().widened()
    }

    /// The party that waits for the callee to answer.
    var waitingParty: LegNumber {
        if case .transferring(let transfer) = machine.state { return transfer.transferee }
        return machine.caller
    }

    /// Who sent the waiting party here, where it is not the one that is rung (RFC 3892).
    var referrer: NameAddress? {
        guard case .transferring(let transfer) = machine.state, !transfer.isRecall else {
            return nil
        }
        return legs[transfer.asker]?.value.identity
    }

    /// Where a party without partner is, and the music that it hears if it waits for one.
    func waitOn(_ number: LegNumber) {
        guard partner(of: number) == nil else { return }
        describe(number)
        if machine.waiting == number { playWaitingTune(to: number) }
    }

    /// Two parties talk as they did before: what either has changed meanwhile, the other is told.
    func resume(_ one: LegNumber, _ other: LegNumber) {
        joinParties()
        offerAnew(to: one, asWantedBy: other)
        offerAnew(to: other, asWantedBy: one)
    }

    /// An offer of a party that has nobody at the moment, or whose partner is about to change: it is
    /// answered with what stands.
    func answerAlone(_ number: LegNumber) {
        let pending = pendingOffers.removeValue(forKey: number)
        guard let leg = legs[number] else { return }
        let standing = leg.negotiation.proposal.willing()
        do {
            if let pending {
                let offer = try readOffer(pending.body, of: number)
                _ = try legs[number]?.value.negotiation.receiveOffer(offer)
            }
            guard
                let answer = try legs[number]?.value.negotiation.makeAnswer(
                    from: standing, local: leg.local)
            else { return }
            noteHold(of: number)
            feed(.order(.acceptOffer(.sdp(answer.encoded()))), to: number)
            waitOn(number)
        } catch {
            recordRefusal(error, of: number)
            refuseOffer(number, .notAcceptableHere)
        }
    }
}

/// A search for phones on behalf of a call.
public struct TargetSearch: Sendable {
    enum Goal: Sendable {
        /// A number, dialled by that extension with that REFER.
        case number(String, askedBy: ExtensionID, Request)
        /// A fax number, for that extension.
        case fax(String, askedBy: ExtensionID)
        /// That extension's own phones.
        case own(ExtensionID)
    }

    let goal: Goal
    let call: Mailbox<Call>
}

extension MediaProposal {
    /// With G.711 added where it is not there: nearly every phone has it, and a party that agreed on
    /// one codec with the last can be offered another with the next.
    func widened() -> MediaProposal {
        var wide = self
        for index in wide.streams.indices where wide.streams[index].kind == .audio {
            for codec in [Codec.pcma, .pcmu] {
                guard let number = codec.staticPayloadType,
                    !wide.streams[index].formats.contains(where: {
                        $0.codec == codec || $0.payloadType == number
                    })
                else { continue }
                wide.streams[index].formats.append(
                    PayloadFormat(payloadType: number, codec: codec, parameters: nil))
            }
        }
        return wide
    }

    /// As somebody else is offered it: a fax by T.38 belongs to the two that agreed on it.
    func spoken() -> MediaProposal {
        streams.contains { $0.kind == .image } ? .supported() : self
    }

    /// The same, both ways.
    func willing() -> MediaProposal {
        var open = self
        for index in open.streams.indices { open.streams[index].direction = .sendReceive }
        return open
    }

    /// As a party is offered it whose partner holds: it shall hear the music.
    func audible() -> MediaProposal {
        var heard = self
        for index in heard.streams.indices
        where heard.streams[index].kind == .audio && !heard.streams[index].direction.receives {
            heard.streams[index].direction = .sendOnly
        }
        return heard
    }
}
