import Platform

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

/// How far a simulation is.
public struct SimulationProgress: Sendable {
    public var virtualTime: Duration
    public var callCount: Int
    public var incidentCount: Int
    /// Datagrams.
    public var lostCount: Int
}
