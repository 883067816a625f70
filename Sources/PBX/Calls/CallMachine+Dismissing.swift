import Media
import Platform
import SIPStack

/// A party that was answered, and for which nobody is left: it hears by a tone how it stands, and then
/// the call ends. A phone that is refused plays such a tone itself; one that is answered can't know.
///
///     transferring ──recall in vain──► dismissing ──5 s, or it hangs up──► ended
///     departing ──came back──────────────┘
extension CallMachine {
    struct Dismissal: Sendable, Equatable {
        /// Who hears the tone.
        let leg: LegNumber
        /// Why nobody is left; the call's record says so, whoever hangs up.
        let reason: EndReason

        /// Long enough to be understood; who does not hang up is hung up.
        static let time = Duration.seconds(5)
    }

    mutating func dismiss(_ leg: LegNumber, _ reason: EndReason) -> [Effect] {
        transition(to: .dismissing(Dismissal(leg: leg, reason: reason)))
        return [.playTone(leg, reason.tone), .startToneTimer]
    }

    mutating func handleDismissing(_ event: Event, _ dismissal: Dismissal) -> [Effect] {
        let leg = dismissal.leg
        switch event {
        case .toneEnded:
            return endDismissal(dismissal.reason, leg)
        case .ended(leg, _):
            return [.stopToneTimer] + end(dismissal.reason, hangingUp: [])
        case .mediaRefused(leg), .incompatible(leg):
            return endDismissal(dismissal.reason, leg)
        case .hangUp(let reason):
            return endDismissal(reason, leg)
        case .invariantBroken(let claim):
            return [.stopToneTimer] + breakDown(claim, hangingUp: [leg])
        case .offered(let leg):
            return [.answerAlone(leg)]
        case .informed(_, let number):
            return [.concludeInform(number, .callOrTransactionDoesNotExist)]
        case .referred(let leg, _):
            return [.refuseReferral(leg, .callOrTransactionDoesNotExist)]
        case .relieved(_, let newcomer), .pickedUp(_, let newcomer):
            return [.returnLeg(newcomer, .callOrTransactionDoesNotExist)]
        case .ended, .mediaRefused, .incompatible:
            return []  // Others, on their way out.
        case .found, .notFound, .attended, .progressed, .answered, .refused, .offerWithdrawn,
            .offerTimedOut, .offerAccepted, .offerRefused, .legLeft,
            .legCameBack, .ringingTimedOut, .attemptTimedOut, .departs, .placeRefused,
            .foundSlot, .parkingTimedOut, .faxHeard:
            return []  // Nobody is sought, and nobody rings.
        }
    }

    private mutating func endDismissal(_ reason: EndReason, _ leg: LegNumber) -> [Effect] {
        [.stopToneTimer] + end(reason, hangingUp: [(leg, reason.status, nil)])
    }
}

extension EndReason {
    /// What says so to who hears it.
    fileprivate var tone: CallTone { self == .busy ? .busy : .congestion }
}
