import Platform
import SIPStack

extension CallMachine {
    mutating func handleTalking(_ event: Event, _ callee: LegNumber, _ turn: OfferTurn?) -> [Effect]
    {
        switch event {
        case .offered(let leg):
            return passOffer(from: leg, callee, turn)
        case .offerTimedOut:
            guard var late = turn, !late.isWithdrawn else { return [] }
            late.isWithdrawn = true
            transition(to: .talking(callee: callee, turn: late))
            return [
                .refuseOffer(late.from, .serverTimeout),
                .withdrawOffer(other(than: late.from, callee)),
            ]
        case .offerAccepted(let leg):
            let wasWithdrawn = turn.map { $0.isWithdrawn && $0.from != leg } ?? false
            let effects = finishTurn(turn, answeredBy: leg, callee) {
                .passAnswer(from: leg, to: $0)
            }
            return wasWithdrawn ? effects + [.offerAnew(leg)] : effects
        case .offerRefused(let leg, let status):
            return finishTurn(turn, answeredBy: leg, callee) { .refuseOffer($0, status) }
        case .offerWithdrawn(let leg):
            guard var withdrawn = turn, withdrawn.from == leg else { return [] }
            withdrawn.isWithdrawn = true
            transition(to: .talking(callee: callee, turn: withdrawn))
            return [.withdrawOffer(other(than: leg, callee))]
        case .informed(let leg, let number):
            return [.passInform(from: leg, to: other(than: leg, callee), number)]
        case .ended(let leg, let how):
            return partyGone(leg, how, callee)
        case .referred(let leg, let isToCall):
            return isToCall
                ? beginHandOver(askedBy: leg, callee, turn)
                : beginTransfer(askedBy: leg, callee, turn)
        case .faxHeard(let leg):
            return sendToFax(leg, callee, turn)
        case .relieved(let leg, let newcomer):
            return relieve(leg, by: newcomer, callee, turn)
        case .pickedUp(_, let newcomer):
            return [.returnLeg(newcomer, .callOrTransactionDoesNotExist)]
        case .hangUp(let reason):
            return endBoth(reason, callee)
        case .mediaRefused:
            return endBoth(.overload, callee)
        case .incompatible:
            return endBoth(.mediaRefused, callee)
        case .invariantBroken(let claim):
            return breakDown(claim, hangingUp: [caller, callee])
        case .answered(let leg):
            guard leg != callee else { return [] }
            return [.hangUp(leg, .requestTerminated, reason: Self.answeredElsewhere)]
        case .progressed, .refused:
            return []  // Branches that lost, on their way out.
        case .found, .notFound, .attended, .ringingTimedOut, .attemptTimedOut, .legLeft,
            .legCameBack, .departs, .placeRefused, .foundSlot, .parkingTimedOut, .toneEnded:
            return []  // Settled before.
        }
    }

    func other(than leg: LegNumber, _ callee: LegNumber) -> LegNumber {
        leg == caller ? callee : caller
    }

    private mutating func passOffer(
        from leg: LegNumber, _ callee: LegNumber, _ turn: OfferTurn?
    ) -> [Effect] {
        guard leg == caller || leg == callee else { return [] }
        guard turn == nil else { return [.refuseOffer(leg, .requestPending)] }
        transition(to: .talking(callee: callee, turn: OfferTurn(from: leg)))
        return [.passOffer(from: leg, to: other(than: leg, callee))]
    }

    private mutating func finishTurn(
        _ turn: OfferTurn?, answeredBy leg: LegNumber, _ callee: LegNumber,
        _ effect: (LegNumber) -> Effect
    ) -> [Effect] {
        guard let turn, turn.from == other(than: leg, callee) else { return [] }
        transition(to: .talking(callee: callee, turn: nil))
        return turn.isWithdrawn ? [] : [effect(turn.from)]
    }

    private mutating func partyGone(
        _ leg: LegNumber, _ how: InviteSession.End, _ callee: LegNumber
    ) -> [Effect] {
        guard leg == caller || leg == callee else { return [] }
        let reason: EndReason
        var passedReason: String?
        switch how {
        case .byRemote(let text):
            reason = leg == caller ? .callerHungUp : .calleeHungUp
            passedReason = text
        case .cancelledByRemote:
            reason = .callerCancelled
        case .byOrder:
            reason = .ourFault
        case .lost:
            reason = .lost
        }
        return end(reason, hangingUp: [(other(than: leg, callee), reason.status, passedReason)])
    }

    private mutating func endBoth(_ reason: EndReason, _ callee: LegNumber) -> [Effect] {
        end(reason, hangingUp: [(caller, reason.status, nil), (callee, reason.status, nil)])
    }
}
