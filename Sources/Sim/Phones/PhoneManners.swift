import SIPStack

/// What a vendor's phone does in a way of its own, one bit each.
///
/// Beside ``PhoneQuirks``, which say what of SIP a phone has: all of this is allowed to any phone, or
/// is a mistake that exchanges must live with.
public struct PhoneManners: OptionSet, Sendable, Equatable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    // How it calls and answers:
    /// Answers 200 without any 18x before.
    static let ringsSilently = PhoneManners(rawValue: 1 << 0)
    /// Sends callers to another number now and then (302).
    static let redirects = PhoneManners(rawValue: 1 << 1)
    /// Refuses with statuses that few send.
    static let refusesOddly = PhoneManners(rawValue: 1 << 2)
    /// Loses one ACK of a 2xx in 5.
    static let losesAcknowledgements = PhoneManners(rawValue: 1 << 3)
    /// Sends its 2xx once more after the ACK has come.
    static let repeatsAnswers = PhoneManners(rawValue: 1 << 4)
    /// Says in its BYE why (RFC 3326).
    static let givesReasons = PhoneManners(rawValue: 1 << 5)
    /// Names Replaces among what it supports (RFC 3891).
    static let supportsReplaces = PhoneManners(rawValue: 1 << 6)

    // How it changes a conversation:
    /// Offers anew with a single codec right after the answer.
    static let fixesCodec = PhoneManners(rawValue: 1 << 7)
    /// Offers the same again, every half minute.
    static let offersAgain = PhoneManners(rawValue: 1 << 8)
    /// Holds with `inactive`.
    static let holdsInactive = PhoneManners(rawValue: 1 << 9)
    /// Holds with `c=0.0.0.0` and no direction, as RFC 2543 had it.
    static let holdsByAddress = PhoneManners(rawValue: 1 << 10)
    /// Goes on speaking while the other holds.
    static let speaksWhileHeld = PhoneManners(rawValue: 1 << 11)

    /// Is a fax machine: takes T.38; others refuse it.
    static let takesImages = PhoneManners(rawValue: 1 << 18)
    /// Wants T.38 a while after it has called, and audio again after another.
    static let asksForImages = PhoneManners(rawValue: 1 << 19)

    // How it registers:
    /// After a restart it counts from 1 again, under the Call-ID of before.
    static let forgetsSequence = PhoneManners(rawValue: 1 << 12)
    /// Each REGISTER has a Call-ID of its own.
    static let namesEachRegister = PhoneManners(rawValue: 1 << 13)
    /// Says the expiry in its Contact, and no Expires.
    static let expiresInContact = PhoneManners(rawValue: 1 << 14)
    /// Says which machine it is (RFC 5626 §4.1).
    static let namesInstance = PhoneManners(rawValue: 1 << 15)
    /// After a restart it hangs up the call of before, with a tag or a number that was never its own.
    static let hangsUpAfterRestart = PhoneManners(rawValue: 1 << 16)

    /// Asks for URIs of its own, and says them in dialogs (RFC 5627).
    static let usesGRUU = PhoneManners(rawValue: 1 << 20)

    // What its person likes:
    /// Sends people to the exchange's own numbers as often as to others.
    static let sendsToTheHouse = PhoneManners(rawValue: 1 << 21)
    /// Has calls recorded, and no longer, and again.
    static let recordsCalls = PhoneManners(rawValue: 1 << 22)

    // How it encrypts, where it does:
    /// Each description brings another key.
    static let changesKeys = PhoneManners(rawValue: 1 << 17)

    /// Of a thousand worlds so many have a manner at all, and of a thousand phones there so many.
    private static let inWorlds = 500
    private static let inPhones = 250

    private static let all = (0...22).map { PhoneManners(rawValue: 1 << UInt32($0)) }

    /// Those that there are in a world at all: a run without one goes further with the others.
    static func world(from random: SimulatedRandom) -> PhoneManners {
        PhoneManners(all.filter { _ in random.happens(perThousand: inWorlds) })
    }

    /// Those of one phone, among the world's.
    static func drawn(of world: PhoneManners, from random: SimulatedRandom) -> PhoneManners {
        PhoneManners(all.filter { random.happens(perThousand: inPhones) && world.contains($0) })
    }

    /// What few phones refuse with.
    static let oddRefusals: [Status] = [
        .notFound, .serverInternalError, .serviceUnavailable, .busyEverywhere,
        .notAcceptableAnywhere,
    ]
}
