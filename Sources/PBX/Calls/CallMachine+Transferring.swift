import Platform
import SIPStack

/// A party that talks asks for somebody else in its place; the exchange rings them, and the party
/// that waits hears music.
///
///     talking ──referred──► transferring ──answered──► talking (transferee and target)
///        ▲                    │      │
///        └──refused, transferor there┘      └──refused, transferor gone──► recall ──refused──► ended
extension CallMachine {
    struct Transfer: Sendable, Equatable {
        /// The leg that asked; nil once it is gone.
        var transferor: LegNumber?
        /// The same, whether or not it is there: it is told how it went, also after its BYE, and rung
        /// where it went wrong.
        let asker: LegNumber
        /// Waits for the target.
        let transferee: LegNumber
        /// The callee of the call as it was, and will be again if this fails.
        let callee: LegNumber
        /// Nil while the target is sought.
        var ringing: Ringing?
        /// It is the transferor that rings: nobody else took the call.
        var isRecall = false
        /// The transferee was parked, and its parker is rung: it can be fetched all the same.
        var parking: Parking?
    }

    /// REFER to a number.
    mutating func beginTransfer(
        askedBy leg: LegNumber, _ callee: LegNumber, _ turn: OfferTurn?
    ) -> [Effect] {
        guard leg == caller || leg == callee else {
            return [.refuseReferral(leg, .callOrTransactionDoesNotExist)]
        }
        let transferee = other(than: leg, callee)
        transition(
            to: .transferring(
                Transfer(transferor: leg, asker: leg, transferee: transferee, callee: callee)))
        return dropTurn(turn, callee)
            + [
                .acceptReferral(leg), .note(.transferStarted, leg), .playMusic(transferee),
                .seekTarget(askedBy: leg),
            ]
    }

    /// As if who talks with a fax machine had sent it to the fax number.
    mutating func sendToFax(
        _ leg: LegNumber, _ callee: LegNumber, _ turn: OfferTurn?
    ) -> [Effect] {
        guard leg == caller || leg == callee else { return [] }
        let other = other(than: leg, callee)
        transition(
            to: .transferring(
                Transfer(transferor: other, asker: other, transferee: leg, callee: callee)))
        return dropTurn(turn, callee)
            + [.note(.transferStarted, other), .playMusic(leg), .seekFax(askedBy: other)]
    }

    /// A re-INVITE that was under way when its call changed: the other side need not answer it any
    /// more, and who sent it gets its way. Whoever talks on is offered what is different by then.
    func dropTurn(_ turn: OfferTurn?, _ callee: LegNumber) -> [Effect] {
        guard let turn else { return [] }
        let withdrawal = Effect.withdrawOffer(other(than: turn.from, callee))
        return turn.isWithdrawn ? [withdrawal] : [withdrawal, .answerAlone(turn.from)]
    }

    mutating func handleTransferring(_ event: Event, _ transfer: Transfer) -> [Effect] {
        switch event {
        case .found(let branches):
            return ringTarget(branches, transfer)
        case .notFound(let reason):
            return transfer.ringing == nil ? fail(reason, transfer) : []
        case .progressed(let leg, let status, _):
            return tellProgress(leg, status, transfer)
        case .answered(let leg):
            return complete(leg, transfer)
        case .refused(let leg, let status):
            return dropTarget(leg, status, transfer)
        case .mediaRefused(let leg):
            return leg == transfer.transferee || leg == transfer.transferor
                ? endTransfer(.overload, transfer)
                : dropTarget(leg, .serviceUnavailable, transfer)
        case .incompatible(let leg):
            guard leg != transfer.transferee, leg != transfer.transferor else { return [] }
            return [.hangUp(leg, .notAcceptableHere, reason: nil)]
                + dropTarget(leg, .notAcceptableHere, transfer, isRefused: false)
        case .ended(let leg, let how):
            return partyLeft(leg, how, transfer)
        case .ringingTimedOut:
            return fail(.noAnswer, transfer)
        case .hangUp(let reason):
            return endTransfer(reason, transfer)
        case .offered(let leg):
            return [.answerAlone(leg)]
        case .informed(_, let number):
            return [.concludeInform(number, .callOrTransactionDoesNotExist)]
        case .referred(let leg, _):
            return [.refuseReferral(leg, .requestPending)]
        case .relieved(_, let newcomer):
            return [.returnLeg(newcomer, .requestPending)]
        case .pickedUp(let leg, let newcomer):
            return pickUp(leg, by: newcomer, transfer)
        case .foundSlot(let slot):
            return park(in: slot, transfer)
        case .invariantBroken(let claim):
            return [.report(claim)] + endTransfer(.ourFault, transfer)
        case .attemptTimedOut(let leg):
            guard isWorthGivingUp(leg, transfer.ringing) else { return [] }
            return [.hangUp(leg, .requestTimeout, reason: nil)]
                + dropTarget(leg, .requestTimeout, transfer)
        case .offerWithdrawn, .offerTimedOut, .offerAccepted, .offerRefused:
            return []  // Of a turn that was dropped, or answered here already.
        case .attended:
            return welcomeTransferee(transfer)
        case .legLeft, .legCameBack, .departs, .placeRefused, .parkingTimedOut, .toneEnded,
            .faxHeard:
            return []  // Nothing of that kind is open in this state.
        }
    }

    private mutating func ringTarget(
        _ found: [[RingTarget]], _ transfer: Transfer
    ) -> [Effect] {
        guard transfer.ringing == nil else { return [] }
        var next = transfer
        let (ringing, effects) = ringing(found)
        guard let ringing else { return fail(.notRegistered, transfer) }
        next.ringing = ringing
        transition(to: .transferring(next))
        return effects + [.startRingingTimer(ringingTime)]
    }

    private mutating func tellProgress(
        _ leg: LegNumber, _ status: Status, _ transfer: Transfer
    ) -> [Effect] {
        guard var ringing = transfer.ringing, !ringing.isRingingHeard, status == .ringing,
            ringing.branches.contains(where: { $0.leg == leg })
        else { return [] }
        ringing.isRingingHeard = true
        var next = transfer
        next.ringing = ringing
        transition(to: .transferring(next))
        return [.playRingback(transfer.transferee), .tellReferral(transfer.asker, .ringing)]
    }

    /// The target, or at a recall the transferor, has answered.
    private mutating func complete(_ leg: LegNumber, _ transfer: Transfer) -> [Effect] {
        guard let ringing = transfer.ringing, ringing.rings(leg)
        else { return [.hangUp(leg, .requestTerminated, reason: Self.answeredElsewhere)] }
        caller = transfer.transferee
        transition(to: .talking(callee: leg, turn: nil))
        let losers = ringing.branches.filter { $0.leg != leg }.map {
            Effect.hangUp($0.leg, .requestTerminated, reason: Self.answeredElsewhere)
        }
        var effects = [.stopRingingTimer] + losers + [.tellReferral(transfer.asker, .ok)]
        if let transferor = transfer.transferor {
            effects.append(.hangUp(transferor, .requestTerminated, reason: Self.transferred))
        }
        let kind = transfer.isRecall ? CallEventKind.recalled : .transferred
        return effects + [.rejoin(transfer.transferee, leg), .note(kind, leg)]
    }

    private mutating func dropTarget(
        _ leg: LegNumber, _ status: Status, _ transfer: Transfer, isRefused: Bool = true
    ) -> [Effect] {
        guard var ringing = transfer.ringing,
            let outcome = drop(leg, status, from: &ringing, isRefused: isRefused)
        else { return [] }
        var next = transfer
        next.ringing = ringing
        transition(to: .transferring(next))
        switch outcome {
        case .another(let leg, let way): return [.ring(leg, way)]
        case .othersRing: return []
        case .nobodyLeft(let status): return fail(EndReason(refusal: status), next)
        }
    }

    /// Nobody took the call: it goes back to the transferor, who is told, or rung.
    private mutating func fail(_ reason: EndReason, _ transfer: Transfer) -> [Effect] {
        let stops: [Effect] =
            [.stopRingingTimer] + hangUps(of: transfer.ringing)
            + [.tellReferral(transfer.asker, reason.status)]
        if let transferor = transfer.transferor {
            transition(to: .talking(callee: transfer.callee, turn: nil))
            return stops + [
                .note(.transferFailed, transferor),
                .resume(transferor, transfer.transferee),
            ]
        }
        if let parking = transfer.parking, parking.canWaitOn {
            return stops + parkAgain(parking)
        }
        guard !transfer.isRecall else {
            return stops + dismiss(transfer.transferee, reason)
        }
        var next = transfer
        next.isRecall = true
        next.ringing = nil
        transition(to: .transferring(next))
        return stops + [.note(.transferFailed, nil), .seekTransferor(transfer.asker)]
    }

    func hangUps(of ringing: Ringing?) -> [Effect] {
        ringing?.branches.map { .hangUp($0.leg, .requestTerminated, reason: nil) } ?? []
    }

    private mutating func partyLeft(
        _ leg: LegNumber, _ how: InviteSession.End, _ transfer: Transfer
    ) -> [Effect] {
        if leg == transfer.transferor {
            // As is usual after a REFER: the transferor has had its say.
            var next = transfer
            next.transferor = nil
            transition(to: .transferring(next))
            return []
        }
        // A target's end was told by its refusal.
        guard leg == transfer.transferee else { return [] }
        let reason = EndReason(partyGone: how, isCaller: leg == caller)
        return endTransfer(reason, transfer)
    }

    /// The transferee is gone, or the whole call has to end.
    private mutating func endTransfer(_ reason: EndReason, _ transfer: Transfer) -> [Effect] {
        var legs = transfer.ringing?.branches.map(\.leg) ?? []
        legs.append(transfer.transferee)
        let told = Effect.tellReferral(transfer.asker, .temporarilyUnavailable)
        if let transferor = transfer.transferor { legs.append(transferor) }
        return [told] + end(reason, hangingUp: legs.map { ($0, .requestTerminated, nil) })
    }
}
