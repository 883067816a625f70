/// How far a call and its legs are: compared after each message of the call, and what differs is
/// told as events. So no change can be forgotten, whichever way it came.
struct CallStanding: Equatable, Sendable {
    /// How far a leg is.
    struct Leg: Equatable, Sendable {
        var number: LegNumber
        var phase: LegPicture.Phase
        var isHolding: Bool
        /// As its phone names it.
        var dialog: DialogPicture?
    }

    enum Change: Equatable, Sendable {
        case legBegan(LegNumber), legRang(LegNumber), legAnswered(LegNumber)
        case legHeld(LegNumber), legResumed(LegNumber), legEnded(LegNumber)
        case legNamed(LegNumber, DialogPicture)
        case rang, answered, ended
        case parked(ParkingSlot), unparked(ParkingSlot)
    }

    var isRinging = false
    var isAnswered = false
    var isOver = false
    /// The slot where it waits.
    var slot: ParkingSlot?
    /// Those that are up, by number.
    var legs: [Leg] = []

    /// What happened in between, in an order that makes sense to a reader: who came, how far they
    /// got, the call, who went, the end.
    func changes(to next: CallStanding) -> [Change] {
        guard self != next else { return [] }
        var changes: [Change] = []
        for leg in next.legs {
            guard let before = legs.first(where: { $0.number == leg.number }) else {
                changes.append(.legBegan(leg.number))
                continue
            }
            if before.dialog != leg.dialog, let dialog = leg.dialog {
                changes.append(.legNamed(leg.number, dialog))
            }
            if before.phase < leg.phase {
                changes.append(
                    leg.phase == .answered ? .legAnswered(leg.number) : .legRang(leg.number))
            }
            if before.isHolding != leg.isHolding {
                changes.append(
                    leg.isHolding ? .legHeld(leg.number) : .legResumed(leg.number))
            }
        }
        if next.isRinging && !isRinging { changes.append(.rang) }
        if next.isAnswered && !isAnswered { changes.append(.answered) }
        if slot != next.slot {
            if let slot { changes.append(.unparked(slot)) }
            if let slot = next.slot { changes.append(.parked(slot)) }
        }
        for leg in legs where !next.legs.contains(where: { $0.number == leg.number }) {
            changes.append(.legEnded(leg.number))
        }
        if next.isOver && !isOver { changes.append(.ended) }
        return changes
    }
}
