import Platform
import SIPStack

extension CallMachine {
    mutating func handleSeeking(_ event: Event) -> [Effect] {
        switch event {
        case .found(let branches):
            return ring(branches)
        case .notFound(let reason):
            return end(reason, hangingUp: [(caller, reason.status, nil)])
        case .attended:
            transition(to: .attended)
            return [.attend, .note(.answered, caller)]
        case .ended(let leg, let how):
            guard leg == caller else { return [] }
            return end(EndReason(callerGone: how), hangingUp: [])
        case .hangUp(let reason):
            return end(reason, hangingUp: [(caller, reason.status, nil)])
        case .mediaRefused:
            return end(.overload, hangingUp: [(caller, EndReason.overload.status, nil)])
        case .incompatible:
            return end(.mediaRefused, hangingUp: [(caller, EndReason.mediaRefused.status, nil)])
        case .invariantBroken(let claim):
            return breakDown(claim, hangingUp: [caller])
        case .informed(_, let number):
            return [.concludeInform(number, .callOrTransactionDoesNotExist)]
        case .referred(let leg, _):
            return [.refuseReferral(leg, .callOrTransactionDoesNotExist)]
        case .placeRefused(let status):
            return end(
                EndReason(claimRefusal: status), hangingUp: [(caller, status, nil)])
        case .relieved(_, let newcomer), .pickedUp(_, let newcomer):
            return [.returnLeg(newcomer, .requestPending)]
        case .offered(let leg):
            return [.refuseOffer(leg, .requestPending)]
        case .progressed, .answered, .refused, .offerWithdrawn, .offerTimedOut, .offerAccepted,
            .offerRefused, .ringingTimedOut, .attemptTimedOut, .legLeft,
            .legCameBack, .departs, .foundSlot, .parkingTimedOut,
            .toneEnded, .faxHeard:
            return []  // No callee's leg exists yet, and the caller's dialog is early.
        }
    }

    private mutating func ring(_ found: [[RingTarget]]) -> [Effect] {
        let (ringing, effects) = ringing(found)
        guard let ringing else {
            return end(.notRegistered, hangingUp: [(caller, EndReason.notRegistered.status, nil)])
        }
        transition(to: .ringing(ringing))
        return effects + [.startRingingTimer(ringingTime), .note(.rang, nil)]
    }

    /// A branch for each device that was found; nil where there is none.
    mutating func ringing(_ found: [[RingTarget]]) -> (Ringing?, [Effect]) {
        var branches: [Branch] = []
        var effects: [Effect] = []
        for alternatives in found.prefix(Self.branchLimit) {
            guard let first = alternatives.first else { continue }
            let leg = nextLeg()
            branches.append(
                Branch(
                    leg: leg, target: first, alternatives: Array(alternatives.dropFirst())))
            effects.append(.ring(leg, first))
        }
        return (branches.isEmpty ? nil : Ringing(branches: branches), effects)
    }

    /// A broken invariant ends this call, and only this call.
    mutating func breakDown(_ claim: String, hangingUp legs: [LegNumber]) -> [Effect] {
        [.report(claim)]
            + end(.ourFault, hangingUp: legs.map { ($0, .serverInternalError, nil) })
    }
}
