import SIPStack

/// Which of SIP's extensions a phone has, and uses: drawn from the seed once.
public struct PhoneQuirks: Sendable, Equatable {
    /// What the phone says of reliable provisional responses (RFC 3262).
    enum Reliability: Sendable, Equatable, CaseIterable {
        case unknown, supported, required
    }

    /// The session timer that the phone asks for, or answers with (RFC 4028).
    enum Timer: Sendable, Equatable, CaseIterable {
        case unknown
        /// It leaves the refresh to the other side.
        case waits
        case refreshes
        /// It promises to refresh and never does.
        case forgets
    }

    var reliability = Reliability.unknown
    /// Plays something before it is picked up: 183 with a description.
    var hasEarlyMedia = false
    /// Calls without an offer of its own.
    var offersLate = false
    /// Takes UPDATE (RFC 3311), and holds by it.
    var updates = false
    var timer = Timer.unknown
    /// The phone has one of G.711's two laws alone, and perhaps not the one of the other side.
    var onlyLaw: UInt8?

    /// What the phone takes, in order of preference.
    var payloadTypes: [UInt8] { onlyLaw.map { [$0, 101] } ?? PhoneSDP.known }

    /// The shortest timer that anybody must take, in seconds.
    static let sessionSeconds: UInt32 = 90

    /// A phone of the simpler kind.
    public static let none = PhoneQuirks()

    static func drawn(from random: SimulatedRandom) -> PhoneQuirks {
        var quirks = random.happens(perThousand: 500) ? drawnExtensions(from: random) : .none
        if random.happens(perThousand: 400) {
            quirks.onlyLaw = random.happens(perThousand: 500) ? 0 : 8
        }
        return quirks
    }

    private static func drawnExtensions(from random: SimulatedRandom) -> PhoneQuirks {
        func one<Value>(of values: [Value]) -> Value {
            values[random.number(in: 0...values.count - 1)]
        }
        return PhoneQuirks(
            reliability: one(of: [.unknown, .supported, .supported, .required]),
            hasEarlyMedia: random.happens(perThousand: 500),
            offersLate: random.happens(perThousand: 200),
            updates: random.happens(perThousand: 500),
            timer: one(of: [.unknown, .waits, .refreshes, .refreshes, .forgets]))
    }

    var allowed: String {
        var methods = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO"
        if reliability != .unknown { methods += ", PRACK" }
        if updates { methods += ", UPDATE" }
        return methods
    }

    /// Says in an INVITE of ours what the phone has.
    func dress(_ invite: inout Request) {
        invite.fields[.allow] = allowed
        var supported: [String] = []
        switch reliability {
        case .unknown: break
        case .supported: supported.append("100rel")
        case .required: invite.fields[.require] = "100rel"
        }
        if timer != .unknown {
            supported.append("timer")
            let refresher = timer == .waits ? "uas" : "uac"
            invite.fields[.sessionExpires] = "\(Self.sessionSeconds);refresher=\(refresher)"
        }
        if !supported.isEmpty { invite.fields[.supported] = supported.joined(separator: ", ") }
    }
}
