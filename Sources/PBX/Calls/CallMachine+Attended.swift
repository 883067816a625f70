import SIPStack

/// The caller talks with the exchange itself: no callee's leg exists. It called here, or was sent.
///
///     seeking ──────attended──► attended ◄──attended────── transferring
///                                │    ▲
///                                └────┘ relieved: another one takes its place
extension CallMachine {
    mutating func handleAttended(_ event: Event) -> [Effect] {
        switch event {
        case .offered(let leg):
            // Who sent the other here has nobody, on its way out.
            return [leg == caller ? .settleOffer(leg) : .answerAlone(leg)]
        case .informed(_, let number):
            return [.concludeInform(number, .ok)]
        case .ended(let leg, let how):
            guard leg == caller else { return [] }
            return end(EndReason(partyGone: how, isCaller: true), hangingUp: [])
        case .hangUp(let reason):
            return end(reason, hangingUp: [(caller, reason.status, nil)])
        case .mediaRefused(let leg):
            guard leg == caller else { return [] }  // Who sent it here is on its way out.
            return end(.overload, hangingUp: [(caller, EndReason.overload.status, nil)])
        case .incompatible(let leg):
            guard leg == caller else { return [] }
            return end(.mediaRefused, hangingUp: [(caller, EndReason.mediaRefused.status, nil)])
        case .invariantBroken(let claim):
            return breakDown(claim, hangingUp: [caller])
        case .referred(let leg, _):
            return [.refuseReferral(leg, .forbidden)]
        case .relieved(let leg, let newcomer):
            return relieveAttended(leg, by: newcomer)
        case .pickedUp(_, let newcomer):
            return [.returnLeg(newcomer, .forbidden)]
        case .departs:
            transition(to: .departing(nil))
            return [.depart(caller)]
        case .found, .notFound, .attended, .progressed, .answered, .refused, .offerWithdrawn,
            .offerTimedOut, .offerAccepted, .offerRefused, .ringingTimedOut,
            .attemptTimedOut, .legLeft, .legCameBack, .placeRefused, .foundSlot,
            .parkingTimedOut,
            .toneEnded, .faxHeard:
            return []  // Nobody was looked for, and nothing is passed on.
        }
    }

    /// A transfer leads to the exchange itself, which has answered by that.
    mutating func welcomeTransferee(_ transfer: Transfer) -> [Effect] {
        guard transfer.ringing == nil, !transfer.isRecall else { return [] }
        caller = transfer.transferee
        transition(to: .attended)
        var effects = [Effect.tellReferral(transfer.asker, .ok)]
        if let transferor = transfer.transferor {
            effects.append(.hangUp(transferor, .requestTerminated, reason: Self.transferred))
        }
        return effects + [.note(.transferred, caller), .welcome(caller)]
    }

    /// A leg of another call comes in the place of who talks with the exchange.
    private mutating func relieveAttended(
        _ leg: LegNumber, by newcomer: LegNumber
    ) -> [Effect] {
        guard leg == caller else {
            return [.returnLeg(newcomer, .callOrTransactionDoesNotExist)]
        }
        caller = newcomer
        return [
            .keepLeg(newcomer), .note(.adopted, newcomer),
            .hangUp(leg, .requestTerminated, reason: Self.transferred), .welcome(newcomer),
        ]
    }
}
