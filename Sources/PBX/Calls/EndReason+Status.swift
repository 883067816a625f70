import SIPStack

/// How ends are said in SIP, and what SIP's refusals mean to a call.
extension EndReason {
    /// What the caller is told when the call ends so before an answer.
    var status: Status {
        switch self {
        case .busy: .busyHere
        case .declined: .decline
        case .noAnswer, .notRegistered, .unreachable: .temporarilyUnavailable
        case .unknownNumber, .nothingToTake: .notFound
        case .notAllowed: .forbidden
        case .mediaRefused: .notAcceptableHere
        case .overload, .exchangeStopped, .exchangeRestarted: .serviceUnavailable
        case .ourFault, .farEndFailed: .serverInternalError
        case .callerHungUp, .calleeHungUp, .callerCancelled, .answeredElsewhere, .lost,
            .administrator, .transferred:
            .requestTerminated
        }
    }

    /// What a phone's refusal means.
    init(refusal status: Status) {
        switch status {
        case .busyHere, .busyEverywhere: self = .busy
        case .decline, .forbidden, .unwanted: self = .declined
        case .temporarilyUnavailable, .requestTerminated: self = .noAnswer
        case .notFound, .gone, .doesNotExistAnywhere: self = .unknownNumber
        case .notAcceptableHere, .notAcceptableAnywhere, .unsupportedMediaType, .notAcceptable:
            self = .mediaRefused
        case .requestTimeout, .flowFailed, .serviceUnavailable, .badGateway, .serverTimeout:
            self = .unreachable
        default: self = .farEndFailed
        }
    }

    /// How a call ends whose caller wanted a place in another call.
    init(claimRefusal status: Status) {
        switch status {
        case .forbidden: self = .notAllowed
        case .serviceUnavailable: self = .overload
        default: self = .nothingToTake
        }
    }

    /// How a call ends when its caller is gone before an answer.
    init(callerGone end: InviteSession.End) {
        switch end {
        case .byRemote, .cancelledByRemote: self = .callerCancelled
        case .lost: self = .lost
        case .byOrder: self = .ourFault
        }
    }
}
