import Platform

extension SimulationPlan {
    /// The plan of a seed: the steady faults of the level, and incidents that the seed draws.
    ///
    /// - Parameter isSwarm: the seed also draws which faults there are at all. Runs in which one
    ///   thing never fails let others go further than runs in which everything does (swarm testing).
    public static func drawn(
        seed: UInt64, phoneCount: Int, duration: Duration, office: OfficePlan = OfficePlan(),
        level: FaultLevel, isSwarm: Bool = false
    ) -> SimulationPlan {
        let random = SimulatedRandom(seed: seed, purpose: "plan")
        var faults = FaultPlan.standard(level)
        var allowed: Set<Incident.Kind>?
        if isSwarm {
            for field in FaultPlan.fields where random.happens(perThousand: 500) {
                faults[keyPath: field.path] = 0
            }
            allowed = Set(Incident.Kind.allCases.filter { _ in random.happens(perThousand: 500) })
        }
        let draw = IncidentDraw(
            level: level, phoneCount: phoneCount, duration: duration, allowed: allowed)
        let network = NetworkDraw(level: level, phoneCount: phoneCount)
        let outside = ProviderDraw(level: level, duration: duration, allowed: allowed)
        let lane = SimulatedRandom(seed: seed, purpose: "providers")
        let providers = outside.providers(from: lane)
        let incidents =
            draw.draw(from: SimulatedRandom(seed: seed, purpose: "incidents"))
            + outside.incidents(for: providers, from: lane)
        return SimulationPlan(
            seed: seed, phoneCount: phoneCount, duration: duration, office: office,
            providers: providers, faults: faults,
            network: network.draw(from: SimulatedRandom(seed: seed, purpose: "boxes")),
            incidents: incidents.sorted { $0.at < $1.at })
    }
}
