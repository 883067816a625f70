import Platform
import Sim

/// What a load does, and where it ends.
struct LoadPlan: Sendable {
    /// More calls than this are refused: a load that runs on for ever is a mistake.
    static let callLimit = 10_000_000
    static let greatestPace = 20_000.0

    /// In the phones' order.
    var numbers: [String]
    var registers: Bool
    /// Whom all phones call; nil: each other.
    var otherParty: String?
    var registrationsPerSecond: Double
    var callsPerSecond: Double
    /// The load ends with whichever comes first.
    var callLimit: Int
    var duration: Duration
    var talkTime: Duration
    var ringTime: Duration
    var patience: Duration
    var sound: SoundPlan

    /// A REGISTER has failed by then, with its challenge and its transactions' patience.
    static let registrationPatience = Duration.seconds(70)
    /// How long phones may take to sign off.
    static let leavePatience = Duration.seconds(40)

    /// After the last call was placed all calls have ended by then.
    var drainPatience: Duration { ringTime + talkTime + patience + .seconds(70) }
    /// How many phones one call takes.
    var phonesPerCall: Int { otherParty == nil ? 2 : 1 }
}
