import PBX
import Platform
import SIPStack

/// Providers at the other end of the exchange's trunks: machines that answer and call as people do.
extension Simulation {
    /// The machines' addresses: a block for each provider.
    private static func address(_ provider: Int, _ line: Int) -> IPAddress {
        IPAddress(v4: 0x0A03_0000 + UInt32(provider) * 256 + UInt32(line) + 1)
    }

    private static func hostName(_ provider: Int, _ line: Int) -> String {
        "line-\(provider)-\(line).example"
    }

    static func credentials(_ provider: Int) -> (name: String, password: String) {
        ("office-\(provider)", "secret of provider \(provider)")
    }

    /// All machines of all providers, in the order of the plan.
    static func makeLines(
        of plan: SimulationPlan, in world: SimulatedWorld, numbered first: UInt32,
        domain: String, numbers: [String], diary: PhoneDiary
    ) -> [(phone: VirtualPhone, host: SimulatedHost)] {
        let habits = world.random(for: "outside habits")
        let workload = plan.office.workload
        var lines: [(phone: VirtualPhone, host: SimulatedHost)] = []
        for (index, provider) in plan.providers.enumerated() {
            let number = index + 1
            for line in 0..<provider.lines {
                let name = "line-\(number)-\(line)"
                var own = PhoneHabits.drawn(
                    from: habits, in: workload, pace: workload.outsidePace(over: plan.duration))
                own.transport = .udp
                let host = world.network.makeHost(name, address: address(number, line))
                let phone = VirtualPhone(
                    phone: first + UInt32(lines.count),
                    setup: PhoneSetup(
                        number: ProviderPlan.number, authName: name, password: "", domain: domain,
                        registrar: SimulatedExchange.address),
                    habits: own, quirks: .drawn(from: world.random(for: "\(name) quirks")),
                    whim: world.random(for: "\(name) whim"),
                    outside: OutsideLine(
                        provider: ProviderPlan.name(number),
                        credentials: provider.registers ? credentials(number) : nil),
                    place: host, world: world.seams(for: name),
                    random: world.random(for: "\(name) habits"), numbers: numbers, diary: diary,
                    sound: plan.sound)
                lines.append((phone, host))
            }
        }
        return lines
    }

    /// Where the exchange finds them: SRV records by priority, so that one is tried after the other.
    static func publish(_ providers: [ProviderPlan], in names: SimulatedResolver) {
        for (index, provider) in providers.enumerated() {
            let number = index + 1
            names.set(
                NameQuestion("_sip._udp.\(ProviderPlan.name(number))", .srv),
                (0..<provider.lines).map { line in
                    .srv(
                        SRVRecord(
                            priority: UInt16(line / 2), weight: 1, port: 5060,
                            target: hostName(number, line)))
                })
            for line in 0..<provider.lines {
                names.set(
                    NameQuestion(hostName(number, line), .a), [.address(address(number, line))])
            }
        }
    }

    /// The trunks, and the rule that sends calls outside by them.
    static func trunks(of providers: [ProviderPlan], domain: Domain) -> [ConfigurationChange] {
        guard !providers.isEmpty else { return [] }
        let trunkIDs = providers.indices.map { TrunkID(number: Int64($0) + 1) }
        let trunks = providers.enumerated().map { index, provider -> ConfigurationChange in
            let own = credentials(index + 1)
            return .setTrunk(
                TrunkRecord(
                    trunkID: trunkIDs[index], domain: domain, name: ProviderPlan.name(index + 1),
                    settings: TrunkSettings(
                        address: "sip:\(ProviderPlan.name(index + 1));transport=udp",
                        registers: provider.registers, line: provider.registers ? own.name : "",
                        reachesExtensions: true, callerID: .inside),
                    password: provider.registers ? TrunkPassword(own.password) : nil))
        }
        return trunks + [
            .setRule(
                OutboundRuleRecord(
                    ruleID: OutboundRuleID(number: 1), domain: domain, prefix: "00",
                    trunks: trunkIDs))
        ]
    }

    /// Which provider each machine belongs to, by the machine's number among the phones.
    static func providers(of plan: SimulationPlan) -> [UInt32: String] {
        Dictionary(
            uniqueKeysWithValues: providerLines(of: plan).flatMap { provider in
                provider.lines.map { ($0, provider.name) }
            })
    }

    /// The providers, with their machines.
    static func providerLines(of plan: SimulationPlan) -> [(name: String, lines: [UInt32])] {
        var next = UInt32(plan.phoneCount)
        return plan.providers.enumerated().map { index, provider in
            let lines = (0..<UInt32(provider.lines)).map { next + $0 }
            next += UInt32(provider.lines)
            return (ProviderPlan.name(index + 1), lines)
        }
    }

    func behave(_ mood: OutsideLine.Mood, _ incident: Incident) {
        guard let index = incident.phone, phones.indices.contains(index) else { return }
        phones[index].post(.behave(mood, lasting: incident.lasting))
        note(.phone, incident, lasting: incident.lasting)
    }

    func silenceNames(_ incident: Incident) {
        exchange.names.trouble = .silent
        note(.names, incident, lasting: incident.lasting)
        world.perform(after: incident.lasting) { [exchange] in exchange.names.trouble = .none }
    }
}
