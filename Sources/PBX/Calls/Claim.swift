import Platform
import SIPStack

/// Somebody wants a place in this call: the caller of another call, whose INVITE replaces a leg of
/// ours (RFC 3891), or who dialled the code for it.
///
/// ```
///  claimant: a call of its own            this call
///    │ claim ────────────────────────────────▶│ judges it
///    │◀──── placeFound, or placeRefused ──────┤ nothing has changed here yet
///    │ answers its caller, then               │
///    ├──── relief(passage) ──────────────────▶│ takes the leg, if the place is there still
/// ```
/// Rights were judged by the exchange before.
struct Claim: Sendable {
    enum Place: Sendable {
        /// The leg that was named by its dialog.
        case leg(LegNumber, isEarlyOnly: Bool)
        /// A phone of that extension that rings.
        case ringing(ExtensionID)
        /// The party that is parked.
        case parked
    }

    let claimant: Mailbox<Call>

    func refuse(_ status: Status) { claimant.post(.placeRefused(status)) }
}

/// A place in another call that a caller goes to.
struct FoundPlace: Sendable {
    enum Manner: Sendable, Equatable {
        /// Takes over from a party that talks.
        case relieve
        /// Answers in the stead of a phone that rings, or talks with a party that is parked.
        case pickUp
    }

    let gate: LegGate
    let manner: Manner
}

extension CallMachine {
    /// Whether a leg's place may be taken by the caller of another call, and how; else the refusal.
    func judge(
        claimTo leg: LegNumber, isEarlyOnly: Bool
    ) -> Result<FoundPlace.Manner, ClaimRefusal> {
        switch state {
        case .talking(let callee, _):
            guard leg == caller || leg == callee else { return .failure(.gone) }
            // RFC 3891 §3: what shall be replaced early only has been answered.
            return isEarlyOnly ? .failure(ClaimRefusal(status: .busyHere)) : .success(.relieve)
        case .ringing(let ringing):
            // RFC 3891 §3: an early dialog of which we are not the UAC is none to replace.
            return ringing.rings(leg) ? .success(.pickUp) : .failure(.gone)
        case .transferring(let transfer):
            if transfer.ringing?.rings(leg) ?? false { return .success(.pickUp) }
            return .failure(leg == transfer.transferee ? .busyMoving : .gone)
        case .parked, .handingOver:
            return .failure(.busyMoving)
        case .attended:
            return .failure(ClaimRefusal(status: .forbidden))
        case .seeking, .dismissing, .departing, .ended:
            return .failure(.gone)
        }
    }

    /// Who waits for a partner, with music, or hears that there is none.
    var waiting: LegNumber? {
        switch state {
        case .transferring(let transfer): transfer.transferee
        case .parked(let parking): parking.parked
        case .dismissing(let dismissal): dismissal.leg
        case .seeking, .ringing, .talking, .attended, .handingOver, .departing, .ended: nil
        }
    }

    /// Legs that ring somebody now.
    var ringingLegs: [LegNumber] {
        switch state {
        case .ringing(let ringing): ringing.branches.map(\.leg)
        case .transferring(let transfer): transfer.ringing?.branches.map(\.leg) ?? []
        case .seeking, .talking, .attended, .handingOver, .parked, .dismissing, .departing, .ended:
            []
        }
    }

    /// The party that waits in a slot, also while its parker is rung again.
    var parked: Parking? {
        switch state {
        case .parked(let parking):
            parking
        case .transferring(let transfer):
            transfer.parking
        case .seeking, .ringing, .talking, .attended, .handingOver, .dismissing, .departing,
            .ended:
            nil
        }
    }
}

/// Why a place can't be taken.
struct ClaimRefusal: Error, Equatable {
    var status: Status

    static let gone = ClaimRefusal(status: .callOrTransactionDoesNotExist)
    static let busyMoving = ClaimRefusal(status: .requestPending)
}

extension CallMachine.Ringing {
    func rings(_ leg: LegNumber) -> Bool { branches.contains { $0.leg == leg } }
}
