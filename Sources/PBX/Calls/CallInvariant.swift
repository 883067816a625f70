/// What must hold of a call after every message, whatever came.
///
/// A breach is our bug: it ends this call, is reported, and harms no other.
enum CallInvariant {
    /// What of a leg the claims are about.
    struct LegView: Equatable {
        var isOver: Bool
        var isAnswered: Bool
    }

    /// The claim that does not hold, in words; nil where all hold.
    static func breach(
        in state: CallMachine.State, caller: LegNumber = .caller,
        legs: [LegNumber: LegView]
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
            let answered = legs.filter { $0.value.isAnswered && !$0.value.isOver }.keys
            return answered.allSatisfy { $0 == callee || $0 == caller }
                ? nil : "a call has one winner"
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
        case .departing:
            return nil  // The only leg is on its way.
        case .ended:
            return nil  // Legs may still say goodbye.
        }
    }

    private static func isUp(_ leg: LegNumber, _ legs: [LegNumber: LegView]) -> Bool {
        legs[leg].map { !$0.isOver } ?? false
    }
}
