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
        in state: CallMachine.State, legs: [LegNumber: LegView]
    ) -> String? {
        switch state {
        case .seeking:
            return isUp(.caller, legs) ? nil : "a caller waits while its callee is sought"
        case .ringing(let ringing):
            guard isUp(.caller, legs) else { return "a caller waits while phones ring" }
            let hasLegs = ringing.branches.allSatisfy { isUp($0.leg, legs) }
            return hasLegs ? nil : "every branch that rings has a leg"
        case .talking(let callee, _):
            guard isUp(.caller, legs), isUp(callee, legs) else {
                return "two parties that talk both have a leg"
            }
            let winners = legs.filter { $0.key != .caller && $0.value.isAnswered }
            return winners.keys.allSatisfy { $0 == callee } ? nil : "a call has one winner"
        case .attended:
            return isUp(.caller, legs) ? nil : "a caller whom the exchange answered has a leg"
        case .ended:
            return nil  // Legs may still say goodbye.
        }
    }

    private static func isUp(_ leg: LegNumber, _ legs: [LegNumber: LegView]) -> Bool {
        legs[leg].map { !$0.isOver } ?? false
    }
}
