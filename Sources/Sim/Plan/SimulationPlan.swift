import Foundation
import Platform

/// What a simulation will do; with the seed in it, it decides everything that happens.
///
/// A file holds it as JSON, with durations in milliseconds: what `pbxsim shrink` writes and
/// `pbxsim run --plan` replays.
public struct SimulationPlan: Sendable, Equatable {
    public var seed: UInt64
    public var phoneCount: Int
    /// How long people telephone, in virtual time; closing down comes on top.
    public var duration: Duration
    public var sound: SoundPlan
    /// Who is there, and how they telephone.
    public var office: OfficePlan
    /// Whom the exchange has trunks to.
    public var providers: [ProviderPlan]
    /// What goes wrong in the network all the time.
    public var faults: FaultPlan
    /// What stands between the phones and the exchange.
    public var network: NetworkPlan
    /// What goes wrong once, in the order of time.
    public var incidents: [Incident]

    public init(
        seed: UInt64, phoneCount: Int, duration: Duration, sound: SoundPlan = .probe,
        office: OfficePlan = OfficePlan(), providers: [ProviderPlan] = [], faults: FaultPlan,
        network: NetworkPlan = .open, incidents: [Incident] = []
    ) {
        self.seed = seed
        self.phoneCount = phoneCount
        self.duration = duration
        self.sound = sound
        self.office = office
        self.providers = providers
        self.faults = faults
        self.network = network
        self.incidents = incidents
    }
}

extension SimulationPlan: Codable {
    private enum CodingKeys: String, CodingKey {
        case seed, phones, duration, sound, office, providers, faults, network, incidents
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            seed: try values.decode(UInt64.self, forKey: .seed),
            phoneCount: try values.decode(Int.self, forKey: .phones),
            duration: .milliseconds(try values.decode(Int64.self, forKey: .duration)),
            sound: try values.decode(SoundPlan.self, forKey: .sound),
            office: try values.decodeIfPresent(OfficePlan.self, forKey: .office) ?? OfficePlan(),
            providers: try values.decodeIfPresent([ProviderPlan].self, forKey: .providers) ?? [],
            faults: try values.decode(FaultPlan.self, forKey: .faults),
            // A file without one is from before there were boxes.
            network: try values.decodeIfPresent(NetworkPlan.self, forKey: .network) ?? .open,
            incidents: try values.decode([Incident].self, forKey: .incidents))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(seed, forKey: .seed)
        try values.encode(phoneCount, forKey: .phones)
        try values.encode(duration.milliseconds, forKey: .duration)
        try values.encode(sound, forKey: .sound)
        try values.encode(office, forKey: .office)
        if !providers.isEmpty { try values.encode(providers, forKey: .providers) }
        try values.encode(faults, forKey: .faults)
        try values.encode(network, forKey: .network)
        try values.encode(incidents, forKey: .incidents)
    }

    /// Reads a plan file's bytes.
    public init(json: [UInt8]) throws {
        self = try JSONDecoder().decode(SimulationPlan.self, from: Data(json))
        incidents.sort { $0.at < $1.at }
    }

    /// What a plan file holds.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let bytes = (try? encoder.encode(self)) ?? Data()
        return String(decoding: bytes, as: UTF8.self)
    }
}
