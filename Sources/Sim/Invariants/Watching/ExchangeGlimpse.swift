import PBX
import Platform

/// What the exchange says of itself at one instant, when nothing is runnable: no message is on its
/// way inside.
struct ExchangeGlimpse: Sendable {
    var instant: Instant
    var census: ExchangeCensus
    var calls: [CallListing]
    var mediaLegCount: Int
    /// Streams that end at the exchange's host, as the network has them.
    var openStreamCount: Int
    /// The phones that can be reached; nil while phones sign off.
    var reachable: Set<UInt32>?
    /// Every binding by which a phone can be reached.
    var bindings: [BindingRecord] = []
    /// Sources that get no answer now.
    var bans: [BanPicture] = []
    /// How things are as somebody has it who reads the exchange's events.
    var picture: ExchangePicture
}

/// What must hold of the exchange whenever it is looked at.
protocol StandingInvariant: Sendable {
    mutating func findings(in glimpse: ExchangeGlimpse, outages: [Outage]) -> [Finding]
}
