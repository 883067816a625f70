import SIPStack

/// Legs that leave for another call, and legs that come from one (attended transfer, pickup).
///
///     talking ──referred──► handingOver ──legLeft──────► ended
///        ▲                      └──legCameBack──► talking, or recall
///        └────────────────────────────┘
extension CallMachine {
    struct HandOver: Sendable, Equatable {
        /// The leg that asked; nil once it is gone.
        var transferor: LegNumber?
        let asker: LegNumber
        /// On its way to another call.
        let transferee: LegNumber
        let callee: LegNumber
        /// The call was told to end meanwhile: a leg that comes back is hung up.
        var end: EndReason?
    }

    /// REFER to a call that the transferor has with the target.
    mutating func beginHandOver(
        askedBy leg: LegNumber, _ callee: LegNumber, _ turn: OfferTurn?
    ) -> [Effect] {
        guard leg == caller || leg == callee else {
            return [.refuseReferral(leg, .callOrTransactionDoesNotExist)]
        }
        let transferee = other(than: leg, callee)
        transition(
            to: .handingOver(
                HandOver(transferor: leg, asker: leg, transferee: transferee, callee: callee)))
        return dropTurn(turn, callee)
            + [
                .acceptReferral(leg), .note(.transferStarted, leg), .playMusic(transferee),
                .release(transferee, askedBy: leg),
            ]
    }

    mutating func handleHandingOver(_ event: Event, _ handOver: HandOver) -> [Effect] {
        switch event {
        case .legLeft(let leg):
            guard leg == handOver.transferee else { return [] }
            let told: [Effect] = [
                .tellReferral(handOver.asker, .ok), .note(.transferred, handOver.asker),
            ]
            let ends = end(
                .transferred,
                hangingUp: handOver.transferor.map {
                    [($0, .requestTerminated, Self.transferred)]
                } ?? [])
            return told + ends
        case .legCameBack(let leg, let status):
            guard leg == handOver.transferee else { return [] }
            return takeBack(status, handOver)
        case .ended(let leg, let how):
            return partyLeft(leg, how, handOver)
        case .hangUp(let reason):
            var next = handOver
            next.end = reason
            transition(to: .handingOver(next))
            return []
        case .offered(let leg):
            return [.answerAlone(leg)]
        case .informed(_, let number):
            return [.concludeInform(number, .callOrTransactionDoesNotExist)]
        case .referred(let leg, _):
            return [.refuseReferral(leg, .requestPending)]
        case .relieved(_, let newcomer), .pickedUp(_, let newcomer):
            return [.returnLeg(newcomer, .requestPending)]
        case .invariantBroken(let claim):
            var next = handOver
            next.end = .ourFault
            transition(to: .handingOver(next))
            return [.report(claim)]
        case .offerWithdrawn, .offerTimedOut, .offerAccepted, .offerRefused,
            .mediaRefused, .incompatible:
            return []  // What was under way between the two is over; the leg's return decides.
        case .found, .notFound, .attended, .progressed, .answered, .refused, .ringingTimedOut,
            .attemptTimedOut, .departs, .placeRefused, .foundSlot, .parkingTimedOut,
            .toneEnded, .faxHeard:
            return []  // Nobody is sought, and nobody rings.
        }
    }

    /// The other call could not take the leg.
    private mutating func takeBack(_ status: Status, _ handOver: HandOver) -> [Effect] {
        let legs = [handOver.transferor, handOver.transferee].compactMap(\.self)
        let told = Effect.tellReferral(handOver.asker, status)
        if let reason = handOver.end {
            return [told] + end(reason, hangingUp: legs.map { ($0, reason.status, nil) })
        }
        if let transferor = handOver.transferor {
            transition(to: .talking(callee: handOver.callee, turn: nil))
            return [
                told, .note(.transferFailed, transferor),
                .resume(transferor, handOver.transferee),
            ]
        }
        transition(
            to: .transferring(
                Transfer(
                    transferor: nil, asker: handOver.asker, transferee: handOver.transferee,
                    callee: handOver.callee, ringing: nil, isRecall: true)))
        return [told, .note(.transferFailed, nil), .seekTransferor(handOver.asker)]
    }

    private mutating func partyLeft(
        _ leg: LegNumber, _ how: InviteSession.End, _ handOver: HandOver
    ) -> [Effect] {
        if leg == handOver.transferee {
            // It hung up before it had left.
            let reason = EndReason(partyGone: how, isCaller: leg == caller)
            return [.tellReferral(handOver.asker, .gone)]
                + end(
                    reason,
                    hangingUp: handOver.transferor.map { [($0, .requestTerminated, nil)] } ?? [])
        }
        guard leg == handOver.transferor else { return [] }
        var next = handOver
        next.transferor = nil
        transition(to: .handingOver(next))
        return []
    }

    /// A leg of another call comes in the place of one that talks.
    mutating func relieve(
        _ leg: LegNumber, by newcomer: LegNumber, _ callee: LegNumber, _ turn: OfferTurn?
    ) -> [Effect] {
        guard leg == caller || leg == callee else {
            return [.returnLeg(newcomer, .callOrTransactionDoesNotExist)]
        }
        let drops = dropTurn(turn, callee)
        let partner = other(than: leg, callee)
        if leg == caller { caller = newcomer }
        transition(to: .talking(callee: leg == callee ? newcomer : callee, turn: nil))
        return drops + [
            .keepLeg(newcomer), .note(.adopted, newcomer),
            .hangUp(leg, .requestTerminated, reason: Self.transferred),
            .rejoin(newcomer, partner),
        ]
    }

    /// A leg of another call comes in the place of a caller that waits for an answer: its transferor
    /// leaves while it rings, and is recalled where nobody answers.
    mutating func relieveCaller(
        _ leg: LegNumber, by newcomer: LegNumber, _ ringing: Ringing
    ) -> [Effect] {
        guard leg == caller else {
            return [.returnLeg(newcomer, .callOrTransactionDoesNotExist)]
        }
        let first = ringing.branches.first?.leg ?? newcomer
        caller = newcomer
        transition(
            to: .transferring(
                Transfer(
                    transferor: nil, asker: leg, transferee: newcomer, callee: first,
                    ringing: ringing)))
        return [
            .keepLeg(newcomer), .note(.adopted, newcomer), .playMusic(newcomer),
            .hangUp(leg, .requestTerminated, reason: Self.transferred),
        ]
    }
}

extension EndReason {
    /// How a call ends when that party of it is gone.
    init(partyGone how: InviteSession.End, isCaller: Bool) {
        switch how {
        case .byRemote: self = isCaller ? .callerHungUp : .calleeHungUp
        case .cancelledByRemote: self = .callerCancelled
        case .byOrder: self = .ourFault
        case .lost: self = .lost
        }
    }
}
