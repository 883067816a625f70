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
        switch incident.kind {
        case .exchangeKilled: exchange.crash(.killed, backAfter: incident.lasting)
        case .exchangeLosesPower: exchange.crash(.powerLoss, backAfter: incident.lasting)
        case .exchangeDiesAtWrite:
            exchange.crash(atWrite: incident.count ?? 1, backAfter: incident.lasting)
        case .clockJumps:
            world.jumpWallClock(by: incident.lasting)
            note(.wallClock, incident, lasting: .zero)
        case .diskFull: disturb(incident, with: StorageFaults(isFull: true))
        case .diskFails: disturb(incident, with: StorageFaults(failsWrites: true))
        case .syncFails: disturb(incident, with: StorageFaults(failsSyncs: true))
        case .diskSlow: disturb(incident, with: StorageFaults(slowness: 50))
        case .phoneLosesPower, .phoneReboots, .phoneLosesNetwork, .phoneMoves: break
        case .uplinkCut, .downlinkCut, .linkCut, .linkStopped, .exchangeCutOff: break
        case .streamsReset, .translatorsForget, .attack: break
        }
    }

    private func disturb(_ incident: Incident, with faults: StorageFaults) {
        exchange.storageFaults = faults
        note(.storage, incident, lasting: incident.lasting)
        world.perform(after: incident.lasting) { [weak self] in
            self?.exchange.storageFaults = .none
        }
    }

    private func note(_ kind: Outage.Kind, _ incident: Incident, lasting: Duration) {
        let now = world.time.now
        outages.note(
            Outage(
                kind: kind, phone: incident.phone.map { UInt32($0) }, began: now,
                ended: now + lasting))
    }
}
