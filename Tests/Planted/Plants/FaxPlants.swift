import Media
import Platform
import Sim

extension Plant {
    static let faxPlants = [
        Plant(
            "fax-page-lost", "one page in 4 of a fax never comes to its file",
            foundBy: "faxes are kept, page by page", seeds: 3, phones: 40
        ) { world in
            let random = world.random(for: "plant")
            var sabotage = Sabotage()
            sabotage.faxes = { ForgetfulMachines(machines: $0, random: random) }
            return sabotage
        }
    ]
}

/// Fax machines that tell their senders of every page, and the exchange of most.
private struct ForgetfulMachines: FaxPlane {
    let machines: any FaxPlane
    let random: SimulatedRandom

    func answer(
        _ line: FaxLine, as identity: String, tell: @escaping @Sendable (FaxNews) -> Void
    ) {
        machines.answer(line, as: identity) { [random] news in
            if case .page = news, random.below(4) == 0 { return }
            tell(news)
        }
    }
}
