import Platform
import Sim

/// A fault that is put in on purpose, to prove that the simulator finds it.
struct Plant: Sendable {
    var name: String
    /// What is wrong, in words.
    var fault: String
    /// The claim of the invariant that must find it.
    var claim: String
    /// One of that many seeds from 1 on finds it.
    var seeds: Int
    /// How many people there are, and what else goes wrong, for the fault to show.
    var phones = 10
    /// How long people talk, on average; nil: as usual.
    var talkTime: Duration?
    var sound = SoundPlan.probe
    var incidents: [Incident] = []
    var providers: [ProviderPlan] = []
    var make: @Sendable (SimulatedWorld) -> Sabotage

    init(
        _ name: String, _ fault: String, foundBy claim: String, seeds: Int, phones: Int = 10,
        talkTime: Duration? = nil, sound: SoundPlan = .probe, incidents: [Incident] = [],
        providers: [ProviderPlan] = [],
        make: @escaping @Sendable (SimulatedWorld) -> Sabotage
    ) {
        self.name = name
        self.fault = fault
        self.claim = claim
        self.seeds = seeds
        self.phones = phones
        self.talkTime = talkTime
        self.sound = sound
        self.incidents = incidents
        self.providers = providers
        self.make = make
    }

    /// A fault in the exchange's door.
    init(
        _ name: String, _ fault: String, foundBy claim: String, seeds: Int, phones: Int = 10,
        keeper: @escaping @Sendable () -> any DoorKeeper
    ) {
        self.init(name, fault, foundBy: claim, seeds: seeds, phones: phones) { world in
            Door(world: world, keeper: keeper()).sabotage
        }
    }

    static let all =
        transactionPlants + dialogPlants + mediaPlants + storePlants + featurePlants + faxPlants

    /// The office in which it is looked for; the same without the fault must be good.
    func plan(seed: UInt64) -> SimulationPlan {
        var office = OfficePlan()
        office.workload.meanTalkTime = talkTime ?? office.workload.meanTalkTime
        return SimulationPlan(
            seed: seed, phoneCount: phones, duration: .seconds(600), sound: sound, office: office,
            providers: providers, faults: .usual, incidents: incidents)
    }

    static func named(_ name: String) -> Plant? { all.first { $0.name == name } }
}
