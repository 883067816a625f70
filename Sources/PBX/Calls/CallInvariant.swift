/// What must hold of a call after every message, whatever came.
///
/// A breach is our bug: it ends this call, is reported, and harms no other.
enum CallInvariant {
    /// What of a leg the claims are about.
    struct LegView: Equatable {
        var number: LegNumber
        var isOver: Bool
        var isAnswered: Bool
    }

    /// The claim that does not hold, in words; nil where all hold.
    ///
    /// - Parameter look: gives the legs, where the state claims anything of them.
    static func breach(
        in state: CallMachine.State, caller: LegNumber = .caller, look: () -> [LegView]
    ) -> String? {
        switch state {
        case .departing:
            nil  // The only leg is on its way.
        case .ended:
            nil  // Legs may still say goodbye.
        case .seeking, .ringing, .talking, .attended, .transferring, .handingOver, .parked,
            .dismissing:
            breach(in: state, caller, look())
        }
    }

    private static func breach(
        in state: CallMachine.State, _ caller: LegNumber, _ legs: [LegView]
    ) -> String? {
        switch state {
        case .seeking:
            return isUp(caller, legs) ? nil : "a caller waits while its callee is sought"
        case .ringing(let ringing):
            guard isUp(caller, legs) else { return "a caller waits while phones ring" }
            let hasLegs = ringing.branches.allSatisfy { isUp($0.leg, legs) }
            return hasLegs ? nil : "every branch that rings has a leg"
        case .talking(let callee, _):
            guard isUp(caller, legs), isUp(callee, legs) else {
                return "two parties that talk both have a leg"
            }
            let hasOneWinner = legs.allSatisfy { leg in
                !leg.isAnswered || leg.isOver || leg.number == callee || leg.number == caller
            }
            return hasOneWinner ? nil : "a call has one winner"
        case .attended:
            return isUp(caller, legs) ? nil : "a caller whom the exchange answered has a leg"
        case .transferring(let transfer):
            guard isUp(transfer.transferee, legs) else { return "who is transferred has a leg" }
            let rung = transfer.ringing?.branches.map(\.leg) ?? []
            guard rung.allSatisfy({ isUp($0, legs) }) else {
                return "every branch that rings has a leg"
            }
            let isThere = transfer.transferor.map { isUp($0, legs) } ?? true
            return isThere ? nil : "a transferor that is told has a leg"
        case .handingOver(let handOver):
            let isThere = handOver.transferor.map { isUp($0, legs) } ?? true
            return isThere ? nil : "a transferor that is told has a leg"
        case .parked(let parking):
            return isUp(parking.parked, legs) ? nil : "who is parked has a leg"
        case .dismissing(let dismissal):
            return isUp(dismissal.leg, legs) ? nil : "who is dismissed has a leg"
        case .departing, .ended:
            return nil
        }
    }

    private static func isUp(_ leg: LegNumber, _ legs: [LegView]) -> Bool {
        legs.contains { $0.number == leg && !$0.isOver }
    }
}
