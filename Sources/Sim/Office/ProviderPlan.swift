import Platform

/// A provider that the exchange has a trunk to: its machines, each of which takes one call at a time.
public struct ProviderPlan: Sendable, Equatable, Codable {
    static let lineLimit = 4
    static let limit = 3
    /// The number of everybody outside.
    static let number = "0049100"

    /// Machines that its name leads to.
    public var lines: Int
    /// Whether the exchange signs in there; else it is known by its address.
    public var registers: Bool

    public init(lines: Int, registers: Bool) {
        self.lines = lines
        self.registers = registers
    }

    /// Providers are numbered from 1.
    static func name(_ number: Int) -> String { "provider-\(number).example" }
}

/// Draws the providers of a world, and what goes wrong with them, from a lane of its own.
struct ProviderDraw {
    let level: FaultLevel
    let duration: Duration
    /// Nil allows every kind of incident.
    let allowed: Set<Incident.Kind>?

    /// How long each lasts, in milliseconds.
    private static let rows: [(kind: Incident.Kind, lasting: ClosedRange<Int64>)] = [
        (.phoneLosesPower, 500...90_000), (.uplinkCut, 500...60_000),
        (.downlinkCut, 500...60_000), (.linkCut, 500...90_000), (.linkStopped, 200...15_000),
        (.providerRefuses, 500...90_000), (.providerRefuses, 500...90_000),
        (.providerLags, 500...60_000), (.namesSilent, 500...60_000),
    ]

    func providers(from random: SimulatedRandom) -> [ProviderPlan] {
        guard level != .none else { return [] }
        return (0..<random.number(in: 0...ProviderPlan.limit - 1)).map { _ in
            ProviderPlan(
                lines: random.number(in: 1...ProviderPlan.lineLimit),
                registers: random.happens(perThousand: 500))
        }
    }

    func incidents(for providers: [ProviderPlan], from random: SimulatedRandom) -> [Incident] {
        let lineCount = providers.reduce(0) { $0 + $1.lines }
        let rows = Self.rows.filter { allowed?.contains($0.kind) != false }
        guard lineCount > 0, !rows.isEmpty else { return [] }
        let mean = Duration.seconds(level == .harsh ? 60 : 300)
        var incidents: [Incident] = []
        var instant = Duration.seconds(10)
        while true {
            instant += random.duration(from: .zero, to: mean * 2)
            guard instant < duration else { return incidents }
            let row = rows[random.number(in: 0...rows.count - 1)]
            let span = UInt64(row.lasting.upperBound - row.lasting.lowerBound + 1)
            let lasting = row.lasting.lowerBound + Int64(random.below(span))
            incidents.append(
                Incident(
                    at: .milliseconds(instant.milliseconds), kind: row.kind,
                    line: row.kind == .namesSilent ? nil : random.number(in: 0...lineCount - 1),
                    lasting: .milliseconds(lasting)))
        }
    }
}
