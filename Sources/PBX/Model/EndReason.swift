/// Why a call or a leg ended. Closed: a new reason must be put into words before it compiles.
public enum EndReason: String, Hashable, Sendable, Codable, CaseIterable {
    case callerHungUp
    case calleeHungUp
    /// The caller gave up before anyone answered.
    case callerCancelled
    case busy
    case declined
    case noAnswer
    /// No such number here, or the dial plan leads nowhere.
    case unknownNumber
    case notRegistered
    /// The caller may not call there.
    case notAllowed
    /// No call was there to pick up, to take over or to fetch.
    case nothingToTake
    /// No codec, or no media at all, that both ends accept.
    case mediaRefused
    /// A transport failed or a request was never answered.
    case unreachable
    /// The far end failed: a 5xx or 6xx without better words.
    case farEndFailed
    /// A leg only: another phone was quicker.
    case answeredElsewhere
    /// Its party went on to another call, or was left by one that had somebody else take over.
    case transferred
    /// The session was not refreshed in time (RFC 4028), or its audio dried up.
    case lost
    /// Somebody with the right ended it: `pbxctl call hangup`.
    case administrator
    /// The exchange was at its limit.
    case overload
    /// The exchange was stopped in order.
    case exchangeStopped
    /// The exchange died and was started again: the record was closed at the start.
    case exchangeRestarted
    /// An invariant of ours was broken: our fault, reported.
    case ourFault

    /// Plain words for people.
    public var words: String {
        switch self {
        case .callerHungUp: "the caller hung up"
        case .calleeHungUp: "the callee hung up"
        case .callerCancelled: "the caller gave up before an answer"
        case .busy: "busy"
        case .declined: "declined"
        case .noAnswer: "no answer"
        case .unknownNumber: "unknown number"
        case .notRegistered: "no phone is registered"
        case .notAllowed: "not allowed"
        case .nothingToTake: "no call to take was there"
        case .mediaRefused: "no common audio format"
        case .unreachable: "the phone could not be reached"
        case .farEndFailed: "the far end failed"
        case .answeredElsewhere: "answered elsewhere"
        case .transferred: "transferred"
        case .lost: "the connection was lost"
        case .administrator: "ended by an administrator"
        case .overload: "the exchange was at its limit"
        case .exchangeStopped: "the exchange was stopped"
        case .exchangeRestarted: "the exchange was restarted"
        case .ourFault: "a fault in the exchange"
        }
    }
}
