import Platform
import Synchronization

/// The domain name system of a simulated world: zone tables that may change, answers that take
/// their time, fail, or don't come.
final class SimulatedResolver: Sendable {
    /// What goes wrong with every question for a while.
    enum Trouble: Sendable, Equatable {
        case none
        /// Name servers answer that they can't.
        case refuses
        /// Nobody answers: askers wait in vain.
        case silent
    }

    private struct Zones {
        var records: [NameQuestion: [NameRecord]] = [:]
        var lifetime = Duration.seconds(30)
        var trouble = Trouble.none
        var askedCount = 0
    }

    private let world: SimulatedWorld
    private let random: SimulatedRandom
    private let zones = Mutex(Zones())

    init(world: SimulatedWorld) {
        self.world = world
        random = world.random(for: "names")
    }

    /// What the question has for an answer from now on; nothing takes the name away.
    func set(_ question: NameQuestion, _ records: [NameRecord]) {
        zones.withLock { $0.records[question] = records.isEmpty ? nil : records }
    }

    var trouble: Trouble {
        get { zones.withLock { $0.trouble } }
        set { zones.withLock { $0.trouble = newValue } }
    }

    var askedCount: Int { zones.withLock { $0.askedCount } }

    fileprivate func resolve(
        _ question: NameQuestion, _ lifespan: Lifespan,
        _ then: @escaping @Sendable (NameAnswer) -> Void
    ) {
        zones.withLock { $0.askedCount += 1 }
        let isSilent = trouble == .silent
        let delay =
            isSilent
            ? NameResolverLimits.patience
            : random.duration(from: .milliseconds(1), to: .milliseconds(200))
        world.perform(after: delay) { [self] in
            guard !lifespan.isOver else { return }
            then(isSilent ? .failed(.timeout) : answer(question))
        }
    }

    private func answer(_ question: NameQuestion) -> NameAnswer {
        zones.withLock { zones in
            if zones.trouble == .refuses { return .failed(.refused) }
            guard let records = zones.records[question] else {
                return .nothing(lifetime: zones.lifetime)
            }
            return .records(records, lifetime: zones.lifetime)
        }
    }

    /// As one process sees it.
    func bound(to lifespan: Lifespan) -> some NameResolver {
        MortalResolver(resolver: self, lifespan: lifespan)
    }
}

private struct MortalResolver: NameResolver {
    let resolver: SimulatedResolver
    let lifespan: Lifespan

    func resolve(_ question: NameQuestion, _ then: @escaping @Sendable (NameAnswer) -> Void) {
        guard !lifespan.isOver else { return }
        resolver.resolve(question, lifespan, then)
    }
}
