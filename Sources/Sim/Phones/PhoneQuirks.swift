import Platform

/// What a vendor's phone does in a way of its own; the raw value stands in plan files.
public enum PhoneQuirk: String, Codable, Sendable, CaseIterable {
    // How it calls and answers:
    /// Its INVITE has no description: the answer comes in the ACK (RFC 3261 §13.2.1).
    case lateOffer = "late-offer"
    /// Answers 183 with a description and is heard before it is picked up.
    case earlyMedia = "early-media"
    /// Answers 200 without any 18x before.
    case noRinging = "no-ringing"
    /// Sends callers to another number now and then (302).
    case redirects
    /// Refuses with statuses that few send: 404, 500, 503, 600, 606.
    case refusesOddly = "refuses-oddly"
    /// Loses one ACK of a 2xx in 5.
    case losesAcknowledgements = "loses-acks"
    /// Sends its 2xx once more after the ACK has come.
    case repeatsAnswers = "repeats-answers"
    /// Says in its BYE why (RFC 3326).
    case givesReasons = "gives-reasons"
    /// Names Replaces and others among what it supports.
    case supportsReplaces = "supports-replaces"

    // How it changes a conversation:
    /// Offers anew with a single codec right after the answer.
    case fixesCodec = "fixes-codec"
    /// Offers the same again, every half minute.
    case refreshes
    /// Holds with `inactive`.
    case holdsInactive = "holds-inactive"
    /// Holds with `c=0.0.0.0` and no direction, as RFC 2543 had it.
    case holdsByAddress = "holds-by-address"
    /// Goes on speaking while the other holds.
    case speaksWhileHeld = "speaks-while-held"

    // What it can say:
    case prefersPCMA = "prefers-pcma"
    case onlyPCMU = "only-pcmu"
    case onlyPCMA = "only-pcma"
    /// Has no telephone events: presses keys by INFO.
    case noTelephoneEvents = "no-telephone-events"
    /// Presses keys by INFO, though it has telephone events.
    case keysByInform = "keys-by-info"

    // How it registers:
    /// After a restart it counts from 1 again, under the Call-ID of before.
    case forgetsSequence = "forgets-cseq"
    /// Each REGISTER has a Call-ID of its own.
    case newRegisterCallID = "new-register-call-id"
    /// Registers a second contact, for a stream.
    case secondContact = "second-contact"
    /// Has an instance and a flow of its own (RFC 5626).
    case outbound
    /// Has an instance, but no flow.
    case instanceOnly = "instance-only"
    /// Says the expiry in its Contact, and no Expires.
    case expiresInContact = "expires-in-contact"
    /// Signs off with `Contact: *`.
    case signsOffAll = "signs-off-all"

    // How it writes:
    case compactForms = "compact-forms"
    case upperCase = "upper-case"
    /// Spaces before the colon of a field.
    case spacious
    case noRport = "no-rport"

    /// Those that say the same about one thing: a phone has at most one of a row.
    private static let rivals: [[PhoneQuirk]] = [
        [.earlyMedia, .noRinging], [.holdsInactive, .holdsByAddress],
        [.prefersPCMA, .onlyPCMU, .onlyPCMA], [.outbound, .instanceOnly, .secondContact],
        [.compactForms, .upperCase, .spacious],
    ]

    fileprivate var rivals: [PhoneQuirk] {
        Self.rivals.first { $0.contains(self) }?.filter { $0 != self } ?? []
    }
}

/// The quirks of one phone.
public struct PhoneQuirks: Sendable, Equatable {
    /// Of a thousand phones, those that have a quirk.
    private static let share = 150

    /// One bit each, in the order of ``PhoneQuirk``'s cases.
    private var bits: UInt64 = 0

    public init(_ quirks: [PhoneQuirk] = []) {
        for quirk in quirks { bits |= Self.bit(quirk) }
    }

    public func contains(_ quirk: PhoneQuirk) -> Bool { bits & Self.bit(quirk) != 0 }

    mutating func remove(_ quirk: PhoneQuirk) { bits &= ~Self.bit(quirk) }

    private static let places = Dictionary(
        uniqueKeysWithValues: PhoneQuirk.allCases.enumerated().map { ($1, UInt64(1) << $0) })

    private static func bit(_ quirk: PhoneQuirk) -> UInt64 { places[quirk] ?? 0 }

    /// Some of those; the same draws whichever are allowed, so that a plan without one of them has
    /// the others at the same phones.
    static func drawn(of allowed: [PhoneQuirk], from random: SimulatedRandom) -> PhoneQuirks {
        var drawn: [PhoneQuirk] = []
        for quirk in PhoneQuirk.allCases where random.happens(perThousand: share) {
            guard allowed.contains(quirk), !quirk.rivals.contains(where: drawn.contains) else {
                continue
            }
            drawn.append(quirk)
        }
        return PhoneQuirks(drawn)
    }

    /// G.711's payload types and telephone events, in the order of preference.
    var payloadTypes: [UInt8] {
        var types: [UInt8] = [0, 8]
        if contains(.prefersPCMA) { types = [8, 0] }
        if contains(.onlyPCMU) { types = [0] }
        if contains(.onlyPCMA) { types = [8] }
        return contains(.noTelephoneEvents) ? types : types + [PhoneSDP.eventType]
    }

    /// How its messages are written; nil where they are as the stack writes them.
    var accent: PhoneAccent? {
        let accent = PhoneAccent(
            isCompact: contains(.compactForms), isUpperCase: contains(.upperCase),
            isSpacious: contains(.spacious), isWithoutRport: contains(.noRport))
        return accent == PhoneAccent() ? nil : accent
    }
}
