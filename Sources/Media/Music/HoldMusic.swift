import Platform

/// What held parties hear, encoded beforehand in both laws of G.711: a loop without end.
///
/// Who has negotiated another codec hears nothing until the exchange can encode for it.
public struct HoldMusic: Equatable, Sendable {
    /// Samples in one packet: 20 ms at 8 kHz.
    public static var samplesInPacket: Int { 160 }

    /// One octet a sample, whole packets.
    public let aLaw: [UInt8]
    public let muLaw: [UInt8]
    /// How often a packet goes: 20 ms, but in a simulation that only wants to know who hears it.
    public let interval: Duration

    /// - Parameters: what is beyond the last whole packet of the shorter one is left out.
    public init(aLaw: [UInt8], muLaw: [UInt8], interval: Duration = .milliseconds(20)) {
        let count = min(aLaw.count, muLaw.count) / Self.samplesInPacket * Self.samplesInPacket
        self.aLaw = Array(aLaw.prefix(count))
        self.muLaw = Array(muLaw.prefix(count))
        self.interval = max(interval, .milliseconds(20))
    }

    /// The tune of this exchange.
    public static func melody() -> HoldMusic {
        let samples = Melody.samples()
        return HoldMusic(aLaw: samples.map(G711.aLaw), muLaw: samples.map(G711.muLaw))
    }

    func octets(_ law: G711.Law) -> [UInt8] {
        switch law {
        case .a: aLaw
        case .mu: muLaw
        }
    }
}
