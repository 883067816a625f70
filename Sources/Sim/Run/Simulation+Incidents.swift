import Platform
import Synchronization

/// What the plan lets go wrong once.
extension Simulation {
    /// A phone that was off needs so long to be there again.
    private static var bootTime: Duration { .seconds(45) }

    /// Lets each incident happen at its instant.
    func scheduleIncidents() {
        for incident in plan.incidents {
            var incident = incident
            // The machines of providers stand after the phones.
            if let line = incident.line { incident.phone = plan.phoneCount + line }
            world.perform(after: incident.at) { [weak self, incident] in self?.happen(incident) }
        }
    }

    private func happen(_ incident: Incident) {
        let number = incidentCount.withLock { count in
            count += 1
            return count
        }
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
        case .phoneLosesPower, .phoneReboots, .phoneLosesNetwork, .phoneMoves:
            if let number = incident.phone, phones.indices.contains(number) {
                happen(incident, to: phones[number])
            }
        case .uplinkCut, .downlinkCut, .linkCut, .linkStopped, .exchangeCutOff:
            obstruct(incident)
        case .streamsReset:
            note(.network, incident, lasting: .zero)
            exchange.resetStreams()
        case .translatorsForget: forgetTranslations()
        case .attack: attack(incident, number: number)
        case .namesSilent: silenceNames(incident)
        case .providerRefuses: behave(.refuses, incident)
        case .providerLags: behave(.lags, incident)
        }
    }

    private func happen(_ incident: Incident, to phone: VirtualPhone) {
        let pause = incident.lasting
        note(.phone, incident, lasting: pause + Self.bootTime)
        switch incident.kind {
        case .phoneLosesPower: phone.post(.losePower(backAfter: pause))
        case .phoneReboots: phone.post(.reboot)
        case .phoneLosesNetwork: phone.post(.loseNetwork(backAfter: pause))
        case .phoneMoves:
            let present = hosts[Int(phone.phone)].address
            let address = world.network.translators.takeAddress(beside: present)
            phone.post(.move(to: address ?? takeFreeAddress(), after: pause))
        default: break
        }
    }

    /// An address that no phone has had.
    private func takeFreeAddress() -> IPAddress {
        let count = movedCount.withLock { count in
            count += 1
            return count
        }
        return IPAddress(v4: 0x0A02_0000 + UInt32(count))
    }

    /// Shuts or stops ways between a phone and the exchange for a while.
    private func obstruct(_ incident: Incident) {
        let network = world.network
        let exchange = SimulatedExchange.address.address
        let phone = incident.phone.flatMap { number in
            hosts.indices.contains(number) ? hosts[number].address : nil
        }
        guard incident.kind == .exchangeCutOff || phone != nil else { return }
        note(.network, incident, lasting: incident.lasting)
        let up = (from: phone, to: IPAddress?.some(exchange))
        let down = (from: IPAddress?.some(exchange), to: phone)
        let ways: [(from: IPAddress?, to: IPAddress?)] =
            switch incident.kind {
            case .uplinkCut: [up]
            case .downlinkCut: [down]
            default: [up, down]
            }
        let isStopped = incident.kind == .linkStopped
        for way in ways {
            if isStopped {
                network.hold(from: way.from, to: way.to)
            } else {
                network.block(from: way.from, to: way.to)
            }
        }
        world.perform(after: incident.lasting) {
            for way in ways {
                if isStopped {
                    network.release(from: way.from, to: way.to)
                } else {
                    network.unblock(from: way.from, to: way.to)
                }
            }
        }
    }

    private func disturb(_ incident: Incident, with faults: StorageFaults) {
        exchange.storageFaults = faults
        note(.storage, incident, lasting: incident.lasting)
        world.perform(after: incident.lasting) { [weak self] in
            self?.exchange.storageFaults = .none
        }
    }

    func note(_ kind: Outage.Kind, _ incident: Incident, lasting: Duration) {
        let now = world.time.now
        outages.note(
            Outage(
                kind: kind, phone: incident.phone.map { UInt32($0) }, began: now,
                ended: now + lasting))
    }
}
