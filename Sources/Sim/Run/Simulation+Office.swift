import Platform

/// The phones of the office, each on its machine.
extension Simulation {
    static func makeOffice(
        of plan: SimulationPlan, in world: SimulatedWorld, _ seats: OfficeSeats,
        _ setups: [PhoneSetup], diary: PhoneDiary, board: LampBoard
    ) -> [(phone: VirtualPhone, host: SimulatedHost)] {
        let workload = plan.office.workload
        let pace = workload.pace(of: plan.phoneCount, over: plan.duration)
        let habits = world.random(for: "habits")
        let manners = PhoneManners.world(from: world.random(for: "manners"))
        let boxes = plan.network.boxOfPhone
        return setups.enumerated().map { index, setup in
            let own = Self.habits(
                .drawn(from: habits, in: workload, pace: pace), behind: boxes[index]?.plan)
            let host = makeHost(
                "phone-\(setup.authName)", index: index, behind: boxes[index], of: own,
                in: world.network)
            let phone = VirtualPhone(
                phone: UInt32(index), setup: setup, habits: own,
                quirks: .drawn(from: world.random(for: "\(host.name) quirks")),
                manners: .drawn(of: manners, from: world.random(for: "\(host.name) manners")),
                whim: world.random(for: "\(host.name) whim"),
                outsideNumber: plan.providers.isEmpty ? nil : ProviderPlan.number, place: host,
                world: world.seams(for: host.name),
                random: world.random(for: "\(host.name) habits"), numbers: seats.numbers,
                group: seats.groups[seats.seats[index].extensionIndex], diary: diary,
                board: board, sound: plan.sound)
            return (phone, host)
        }
    }
}
