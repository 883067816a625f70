import SIPStack

/// Somebody answers in the stead of a phone that rings; and the call of who does so, which ends as
/// soon as its caller is there.
///
///     seeking ──attended──► attended ──departs──► departing ──legLeft──► ended
extension CallMachine {
    /// A leg that was answered already comes for a call that rings.
    mutating func pickUp(
        _ leg: LegNumber, by newcomer: LegNumber, _ ringing: Ringing
    ) -> [Effect] {
        guard ringing.rings(leg) else {
            return [.returnLeg(newcomer, .callOrTransactionDoesNotExist)]
        }
        transition(to: .talking(callee: newcomer, turn: nil))
        let losers = ringing.branches.map {
            Effect.hangUp($0.leg, .requestTerminated, reason: Self.answeredElsewhere)
        }
        return [.stopRingingTimer, .keepLeg(newcomer), .note(.adopted, newcomer)]
            + [.connect(newcomer)] + losers + [.note(.pickedUp, newcomer)]
    }

    /// A leg comes for a call whose transfer rings, or whose parker is rung while it is parked.
    mutating func pickUp(
        _ leg: LegNumber, by newcomer: LegNumber, _ transfer: Transfer
    ) -> [Effect] {
        let isFetched = transfer.parking != nil && leg == transfer.transferee
        guard isFetched || transfer.ringing?.rings(leg) ?? false else {
            return [.returnLeg(newcomer, .callOrTransactionDoesNotExist)]
        }
        caller = transfer.transferee
        transition(to: .talking(callee: newcomer, turn: nil))
        let losers = (transfer.ringing?.branches ?? []).map {
            Effect.hangUp($0.leg, .requestTerminated, reason: Self.answeredElsewhere)
        }
        var effects = [.stopRingingTimer, .keepLeg(newcomer), .note(.adopted, newcomer)] + losers
        effects.append(.tellReferral(transfer.asker, .ok))
        if let transferor = transfer.transferor {
            effects.append(.hangUp(transferor, .requestTerminated, reason: Self.transferred))
        }
        return effects + [
            .rejoin(newcomer, transfer.transferee),
            .note(isFetched ? .retrieved : .pickedUp, newcomer),
        ]
    }

    mutating func handleDeparting(_ event: Event, _ reason: EndReason?) -> [Effect] {
        switch event {
        case .legLeft:
            return end(.transferred, hangingUp: [])
        case .legCameBack(let leg, let status):
            // The place was taken in the meantime.
            guard let reason else { return dismiss(leg, EndReason(claimRefusal: status)) }
            return end(reason, hangingUp: [(leg, .requestTerminated, nil)])
        case .ended(let leg, let how):
            guard leg == caller else { return [] }
            return end(EndReason(partyGone: how, isCaller: true), hangingUp: [])
        case .hangUp(let reason):
            transition(to: .departing(reason))
            return []
        case .invariantBroken(let claim):
            transition(to: .departing(.ourFault))
            return [.report(claim)]
        case .offered(let leg):
            return [.settleOffer(leg)]
        case .informed(_, let number):
            return [.concludeInform(number, .callOrTransactionDoesNotExist)]
        case .referred(let leg, _):
            return [.refuseReferral(leg, .requestPending)]
        case .relieved(_, let newcomer), .pickedUp(_, let newcomer):
            return [.returnLeg(newcomer, .callOrTransactionDoesNotExist)]
        case .found, .notFound, .attended, .progressed, .answered, .refused, .mediaRefused,
            .offerWithdrawn, .offerTimedOut, .offerAccepted, .offerRefused,
            .ringingTimedOut, .attemptTimedOut, .incompatible, .departs, .placeRefused,
            .foundSlot, .parkingTimedOut,
            .toneEnded, .faxHeard:
            return []  // The leg's arrival, or its return, decides.
        }
    }
}
