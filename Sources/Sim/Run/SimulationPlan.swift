/// What a simulation will do; with the seed it decides everything that happens.
public struct SimulationPlan: Sendable, Equatable {
    public var seed: UInt64
    public var phoneCount: Int
    /// How long people telephone, in virtual time; closing down comes on top.
    public var duration: Duration
    public var faults: FaultPlan

    public init(seed: UInt64, phoneCount: Int, duration: Duration, faults: FaultPlan) {
        self.seed = seed
        self.phoneCount = phoneCount
        self.duration = duration
        self.faults = faults
    }
}

/// What came of a simulation.
public struct SimulationReport: Sendable {
    public var breaches: [Breach]
    public var counters: WorldCounters
    public var network: NetworkCounters
    public var callCount: Int
    public var talkedCount: Int
    public var recordCount: Int
    public var registrationCount: Int
    public var registrationFailureCount: Int
    /// Audio packets that phones heard.
    public var heardCount: Int
    public var virtualTime: Duration
    public var hash: UInt64

    public var isGood: Bool { breaches.isEmpty && counters.isTight }
}
