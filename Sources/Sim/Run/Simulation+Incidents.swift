import Platform
import Synchronization

/// What the plan lets go wrong once.
extension Simulation {
    /// Lets each incident happen at its instant.
    func scheduleIncidents() {
        for incident in plan.incidents {
            world.perform(after: incident.at) { [weak self] in self?.happen(incident) }
        }
    }

    private func happen(_ incident: Incident) {
        incidentCount.withLock { $0 += 1 }
        world.trace.add(
            RecordedEvent(.warning, "incident", [("what", "\(incident)")]), from: "world",
            at: world.time.now)
    }
}
