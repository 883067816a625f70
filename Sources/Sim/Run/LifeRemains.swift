import PBX

/// What of a dead process may still be there: nothing, once its world has drained.
///
/// Whatever could be reached from its owners when it died is held weakly here. An object that is
/// still alive afterwards is kept by a cycle, or by somebody outside of the process.
struct LifeRemains: Sendable {
    private let holdings: [Holding]
    private let lifespan: Lifespan

    private struct Holding: @unchecked Sendable {
        let type: String
        // Read by the simulator's thread alone.
        weak var owner: AnyObject?
    }

    /// - Parameter isThorough: every actor that can be reached is looked for: by reflection, which
    ///   takes longer than minutes of the office; otherwise the exchange and its transport alone.
    init(of incarnation: ExchangeIncarnation, isThorough: Bool) {
        lifespan = incarnation.lifespan
        var walk = ActorWalk()
        walk.enter(incarnation.running.exchange, isThorough)
        walk.enter(incarnation.running.transport, isThorough)
        holdings =
            (walk.actors + [incarnation.running.transport, incarnation.media]).map {
                Holding(type: "\(type(of: $0))", owner: $0)
            }
    }

    /// What is still there, by type.
    var findings: [String] {
        let alive = holdings.filter { $0.owner != nil }.map(\.type)
        let counts = Dictionary(grouping: alive) { $0 }.mapValues(\.count)
        var found = counts.keys.sorted().map { "\(counts[$0] ?? 0) \($0) outlived a crash" }
        if lifespan.alarmCount != 0 {
            found.append("\(lifespan.alarmCount) alarms outlived a crash")
        }
        return found
    }
}

/// Finds the actors that can be reached from some objects, by reflection.
private struct ActorWalk {
    /// Beyond this the walk ends: what is found then is a sample.
    private static let limit = 20_000

    private var seen: Set<ObjectIdentifier> = []
    private var waiting: [AnyObject] = []
    /// By type: whether a value of it may lead to an object.
    private var leads: [ObjectIdentifier: Bool] = [:]
    private(set) var actors: [AnyObject] = []

    mutating func enter(_ root: AnyObject, _ isThorough: Bool) {
        note(root)
        while isThorough, let next = waiting.popLast(), seen.count < Self.limit {
            for child in Mirror(reflecting: next).children { look(at: child.value) }
        }
    }

    private mutating func note(_ owner: AnyObject) {
        // The store is closed, and kept.
        if owner is Store { return }
        guard seen.insert(ObjectIdentifier(owner)).inserted else { return }
        waiting.append(owner)
        if owner is any Actor { actors.append(owner) }
    }

    private mutating func look(at value: Any) {
        guard mayLead(value) else { return }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .class, .foreignReference: note(value as AnyObject)
        case nil: return
        default:
            for child in mirror.children { look(at: child.value) }
        }
    }

    /// Texts, bytes and what is made of numbers alone have no references: most of what is met.
    private mutating func mayLead<Value>(_ value: Value) -> Bool {
        let type = type(of: value as Any)
        if let known = leads[ObjectIdentifier(type)] { return known }
        let leading = !(type == String.self || type == [UInt8].self || isTrivial(type))
        leads[ObjectIdentifier(type)] = leading
        return leading
    }

    private func isTrivial<Value>(_: Value.Type) -> Bool { _isPOD(Value.self) }
}
