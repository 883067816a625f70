import SIPStack

/// The caller talks with the exchange itself: no callee's leg exists.
extension CallMachine {
    mutating func handleAttended(_ event: Event) -> [Effect] {
        switch event {
        case .offered(let leg):
            return [.settleOffer(leg)]
        case .informed(let leg, let number):
            return [.concludeInform(leg, number, .ok)]
        case .ended(let leg, let how):
            guard leg == caller else { return [] }
            return end(EndReason(partyGone: how, isCaller: true), hangingUp: [])
        case .hangUp(let reason):
            return end(reason, hangingUp: [(caller, reason.status, nil)])
        case .mediaRefused:
            return end(.overload, hangingUp: [(caller, EndReason.overload.status, nil)])
        case .incompatible:
            return end(.mediaRefused, hangingUp: [(caller, EndReason.mediaRefused.status, nil)])
        case .invariantBroken(let claim):
            return breakDown(claim, hangingUp: [caller])
        case .referred(let leg, _):
            return [.refuseReferral(leg, .forbidden)]
        case .relieved(_, let newcomer), .pickedUp(_, let newcomer):
            return [.returnLeg(newcomer, .forbidden)]
        case .departs:
            transition(to: .departing(nil))
            return [.depart(caller)]
        case .found, .notFound, .attended, .progressed, .answered, .refused, .offerWithdrawn,
            .offerTimedOut, .offerAccepted, .offerRefused, .informConcluded, .ringingTimedOut,
            .attemptTimedOut, .legLeft, .legCameBack, .placeRefused, .foundSlot,
            .parkingTimedOut:
            return []  // Nobody was looked for, and nothing is passed on.
        }
    }
}
