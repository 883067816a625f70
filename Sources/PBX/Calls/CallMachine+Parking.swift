import SIPStack

/// A party that waits in a slot with music until somebody fetches it; nobody does in time: who
/// parked it is rung (FC-3 to FC-6).
///
///     transferring ──foundSlot──► parked ──pickedUp──► talking
///                                  ▲  │ timed out
///                    nobody answers└──▼
///                               transferring: the parker rings, and the slot counts still
extension CallMachine {
    struct Parking: Sendable, Equatable {
        let slot: ParkingSlot
        /// Who waits.
        let parked: LegNumber
        /// Whose REFER it was.
        let parker: LegNumber
        /// The callee of the call as it was.
        let callee: LegNumber
        /// How often the parker was rung in vain.
        var recalls = 0

        /// So often the parker is rung; then the call ends as one that nobody answers.
        static let recallLimit = 3

        var canWaitOn: Bool { recalls < Self.recallLimit }
    }

    /// The REFER names a slot.
    mutating func park(in slot: ParkingSlot, _ transfer: Transfer) -> [Effect] {
        guard transfer.ringing == nil, !transfer.isRecall else { return [] }
        transition(
            to: .parked(
                Parking(
                    slot: slot, parked: transfer.transferee, parker: transfer.asker,
                    callee: transfer.callee)))
        let goodbye = transfer.transferor.map {
            [Effect.hangUp($0, .requestTerminated, reason: Self.transferred)]
        }
        return [.tellReferral(transfer.asker, .ok), .note(.parked, transfer.transferee)]
            + (goodbye ?? []) + [.startParkingTimer]
    }

    /// The parker was rung in vain.
    mutating func parkAgain(_ parking: Parking) -> [Effect] {
        transition(to: .parked(parking))
        return [.note(.parked, parking.parked), .startParkingTimer]
    }

    mutating func handleParked(_ event: Event, _ parking: Parking) -> [Effect] {
        switch event {
        case .pickedUp(let leg, let newcomer):
            guard leg == parking.parked else {
                return [.returnLeg(newcomer, .callOrTransactionDoesNotExist)]
            }
            return [.stopParkingTimer] + fetch(parking, by: newcomer)
        case .parkingTimedOut:
            return recall(parking)
        case .ended(let leg, let how):
            guard leg == parking.parked else { return [] }  // The parker, on its way out.
            return [.stopParkingTimer]
                + end(EndReason(partyGone: how, isCaller: leg == caller), hangingUp: [])
        case .hangUp(let reason):
            return endParked(reason, parking)
        case .mediaRefused(let leg):
            return leg == parking.parked ? endParked(.overload, parking) : []
        case .invariantBroken(let claim):
            return [.stopParkingTimer] + breakDown(claim, hangingUp: [parking.parked])
        case .offered(let leg):
            return [.answerAlone(leg)]
        case .informed(_, let number):
            return [.concludeInform(number, .callOrTransactionDoesNotExist)]
        case .referred(let leg, _):
            return [.refuseReferral(leg, .requestPending)]
        case .relieved(_, let newcomer):
            return [.returnLeg(newcomer, .requestPending)]
        case .found, .notFound, .attended, .progressed, .answered, .refused, .offerWithdrawn,
            .offerTimedOut, .offerAccepted, .offerRefused, .legLeft,
            .legCameBack, .ringingTimedOut, .attemptTimedOut, .incompatible, .departs,
            .placeRefused, .foundSlot, .toneEnded, .faxHeard:
            return []  // Nobody is sought, nobody rings, and nothing is passed on.
        }
    }

    /// Somebody talks with who was parked.
    private mutating func fetch(_ parking: Parking, by newcomer: LegNumber) -> [Effect] {
        caller = parking.parked
        transition(to: .talking(callee: newcomer, turn: nil))
        return [
            .keepLeg(newcomer), .note(.adopted, newcomer), .rejoin(newcomer, parking.parked),
            .note(.retrieved, newcomer),
        ]
    }

    private mutating func recall(_ parking: Parking) -> [Effect] {
        var next = parking
        next.recalls += 1
        transition(
            to: .transferring(
                Transfer(
                    transferor: nil, asker: parking.parker, transferee: parking.parked,
                    callee: parking.callee, ringing: nil, isRecall: true, parking: next)))
        return [.seekTransferor(parking.parker)]
    }

    private mutating func endParked(_ reason: EndReason, _ parking: Parking) -> [Effect] {
        [.stopParkingTimer] + end(reason, hangingUp: [(parking.parked, reason.status, nil)])
    }
}
