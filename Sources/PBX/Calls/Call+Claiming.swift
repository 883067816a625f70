import Media
import Platform
import SIPStack

/// Callers that go to a place in another call: INVITE with Replaces, pickup, retrieval (RFC 3891,
/// FC-1, FC-2, FC-4). The caller is answered here, and its leg moves there.
extension Call {
    // MARK: The claimant's side

    /// The other call has the place: the caller is answered as soon as its ports are open.
    func takePlace(_ found: FoundPlace) {
        place = found
        if legs[.caller]?.value.isMediaOpen ?? false { decide(.attended) }
    }

    /// The caller is answered: once it is agreed what it speaks, it may go.
    func departIfAgreed() {
        guard place != nil, machine.state == .attended,
            legs[.caller]?.value.negotiation.isAgreed ?? false
        else { return }
        decide(.departs)
    }

    /// Lets the caller go to its place, after all that came for it before.
    func depart(_ number: LegNumber) {
        guard let leg = legs[number], let place, let claimant = leg.record.extensionID else {
            return decide(.legCameBack(number, .callOrTransactionDoesNotExist))
        }
        leg.gate.release()
        let warrant = LegPassage.Warrant.granted(claimant, place.manner)
        guard !mailbox.post(.handOver(number, to: place.gate, warrant)) else { return }
        leg.gate.adopt(by: mailbox, as: number)
        decide(.legCameBack(number, .serviceUnavailable))
    }

    // MARK: The other side

    func judge(_ claim: Claim, for wanted: Claim.Place) {
        let leg: LegNumber
        let manner: FoundPlace.Manner
        switch wanted {
        case .leg(let number, let isEarlyOnly):
            switch machine.judge(claimTo: number, isEarlyOnly: isEarlyOnly) {
            case .success(let granted): (leg, manner) = (number, granted)
            case .failure(let refusal): return claim.refuse(refusal.status)
            }
        case .ringing(let extensionID):
            let ringing = machine.ringingLegs.first {
                legs[$0]?.value.record.extensionID == extensionID
            }
            guard let ringing else { return claim.refuse(.callOrTransactionDoesNotExist) }
            (leg, manner) = (ringing, .pickUp)
        case .parked:
            guard let parked = machine.parked?.parked else {
                return claim.refuse(.callOrTransactionDoesNotExist)
            }
            (leg, manner) = (parked, .pickUp)
        }
        guard let gate = legs[leg]?.value.gate else {
            return claim.refuse(.callOrTransactionDoesNotExist)
        }
        claim.claimant.post(.placeFound(FoundPlace(gate: gate, manner: manner)))
    }

    /// Who has picked up learns who is there, and is offered what that party wants.
    func introduce(_ newcomer: LegNumber, to partner: LegNumber) {
        if let identity = legs[partner]?.value.identity {
            feed(.order(.referral(.introduce(identity))), to: newcomer)
        }
        guard legs[partner]?.value.negotiation.isAgreed ?? false else { return }
        rejoining = Rejoining(open: [newcomer], first: newcomer, second: partner)
        advanceRejoining()
    }
}
