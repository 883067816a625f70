import PBX
import Platform

/// Where the phones stand in the network.
extension Simulation {
    /// A part of a box's patience with datagrams: one lost keep-alive does no harm.
    private static func pause(of box: BoxPlan) -> Duration { box.datagramLifetime * 9 / 20 }

    /// The machine of a phone: in the open, or behind the box that the plan names.
    static func makeHost(
        _ name: String, index: Int, behind box: (number: Int, plan: BoxPlan)?,
        of habits: PhoneHabits, in network: SimulatedNetwork
    ) -> SimulatedHost {
        let open = IPAddress(v4: 0x0A01_0000 + UInt32(index) + 1)
        guard let box, let address = network.translators.takeAddress(behind: box.number) else {
            return network.makeHost(name, address: open)
        }
        // On a stream the phone pings by itself.
        let keepAlive = KeepAlive(
            kind: habits.transport == .udp ? box.plan.keepAlive : .none, pause: pause(of: box.plan),
            target: SimulatedExchange.address)
        return network.makeHost(name, address: address, keepAlive: keepAlive)
    }

    /// Whoever relies on registrations registers before the box forgets.
    static func habits(_ habits: PhoneHabits, behind box: BoxPlan?) -> PhoneHabits {
        guard let box, box.keepAlive == .registrations, habits.transport == .udp else {
            return habits
        }
        var habits = habits
        habits.registrationExpiry = max(box.datagramLifetime, .seconds(30))
        return habits
    }

    /// Notes what boxes make impossible all the time, and listens for what they do now and then.
    func watchTranslators() {
        let places = plan.network.boxOfPhone
        for (index, phone) in phones.enumerated() {
            guard let box = places[index]?.plan else { continue }
            hosts[index].keepAlive?.onChange { phone.post(.addressChanged) }
            guard box.breaksDatagramCalls, phone.habits.transport == .udp else { continue }
            outages.note(
                Outage(
                    kind: .network, phone: phone.phone, began: .start,
                    ended: .start + plan.duration + Self.aftermath))
        }
        world.network.translators.onRefusal { [weak self] address in
            self?.noteRefusal(at: address)
        }
    }

    /// A box had no room for what a phone sent: what that breaks shows within a transaction's time.
    private func noteRefusal(at address: IPAddress) {
        guard let index = hosts.firstIndex(where: { $0.address == address }) else { return }
        outages.note(
            Outage(
                kind: .network, phone: UInt32(index), began: world.time.now,
                ended: world.time.now + .seconds(32)))
    }

    /// All boxes start anew. Each phone behind one is cut off until it says again where it is.
    func forgetTranslations() {
        world.network.translators.forgetAll()
        let now = world.time.now
        for (index, place) in plan.network.boxOfPhone where hosts.indices.contains(index) {
            outages.note(
                Outage(
                    kind: .network, phone: UInt32(index), began: now,
                    ended: now + recovery(of: phones[index].habits, behind: place.plan)))
        }
    }

    /// How long a phone that its box has forgotten may take until it has registered again.
    private func recovery(of habits: PhoneHabits, behind box: BoxPlan) -> Duration {
        // A transaction's 64·T1, and a phone's pause before the next attempt.
        let attempt = Duration.seconds(32 + 20)
        guard habits.transport == .udp else {
            // The stream is dead; the phone's kernel gives it up a minute after the next ping.
            return VirtualPhone.pingPause + .seconds(60) + attempt
        }
        if box.keepAlive == .stun { return Self.pause(of: box) * 2 + attempt }
        return habits.registrationExpiry * 8 / 10 + attempt
    }

    /// A hostile machine has its go.
    func attack(_ incident: Incident, number: Int) {
        note(.hostile, incident, lasting: Attack.length + Attack.lingering)
        let attack = Attack(
            number: number, world: world,
            seen: watch.recentMessages.latest(Attack.memory), domain: exchange.domain.name,
            numbers: phones.prefix(plan.phoneCount).map(\.setup.number))
        attack.begin(count: incident.count ?? 1)
        guess(number)
    }

    /// Somebody guesses passwords while the attack goes on.
    private func guess(_ number: Int) {
        let began = world.time.now
        let guesser = Guesser(
            number: number, world: world, domain: exchange.domain.name,
            names: phones.prefix(plan.phoneCount).map(\.setup.number)
        ) { [weak self] judgedCount in
            guard let self,
                let finding = AGuesserIsBanned.finding(
                    judgedCount: judgedCount, from: began, to: world.time.now,
                    outages: outages.outages)
            else { return }
            watch.add(finding)
        }
        guesser.begin()
    }
}

extension NetworkPlan {
    /// Which box each phone is behind, by the phone's number.
    var boxOfPhone: [Int: (number: Int, plan: BoxPlan)] {
        var boxes: [Int: (number: Int, plan: BoxPlan)] = [:]
        for (number, box) in self.boxes.enumerated() {
            for phone in box.phones { boxes[phone] = (number, box) }
        }
        return boxes
    }
}
