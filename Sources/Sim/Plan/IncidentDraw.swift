import Platform

/// Draws the incidents of a run from its seed.
struct IncidentDraw {
    /// A kind of incident: how often it comes beside the others, and how long it lasts.
    private struct Row {
        var kind: Incident.Kind
        var weight: Int
        var lasting: ClosedRange<Int64>
        var isForOnePhone = false
        var count: ClosedRange<Int>?
    }

    /// Milliseconds. The longest outages are shorter than the shortest registration, so that a run of
    /// twenty minutes sees many recoveries.
    private static let rows = [
        Row(kind: .exchangeKilled, weight: 2, lasting: 200...20_000),
        Row(kind: .exchangeLosesPower, weight: 2, lasting: 2000...40_000),
        Row(kind: .exchangeDiesAtWrite, weight: 2, lasting: 200...20_000, count: 1...200),
        Row(kind: .clockJumps, weight: 1, lasting: -7_200_000...7_200_000),
        Row(kind: .diskFull, weight: 1, lasting: 1000...30_000),
        Row(kind: .diskFails, weight: 1, lasting: 500...15_000),
        Row(kind: .syncFails, weight: 1, lasting: 500...15_000),
        Row(kind: .diskSlow, weight: 2, lasting: 1000...60_000),
        Row(kind: .phoneLosesPower, weight: 6, lasting: 500...90_000, isForOnePhone: true),
        Row(kind: .phoneReboots, weight: 6, lasting: 1...1, isForOnePhone: true),
        Row(kind: .phoneLosesNetwork, weight: 6, lasting: 300...60_000, isForOnePhone: true),
        Row(kind: .phoneMoves, weight: 4, lasting: 50...10_000, isForOnePhone: true),
        Row(kind: .uplinkCut, weight: 3, lasting: 500...60_000, isForOnePhone: true),
        Row(kind: .downlinkCut, weight: 3, lasting: 500...60_000, isForOnePhone: true),
        Row(kind: .linkCut, weight: 2, lasting: 500...60_000, isForOnePhone: true),
        Row(kind: .linkStopped, weight: 4, lasting: 200...15_000, isForOnePhone: true),
        Row(kind: .exchangeCutOff, weight: 1, lasting: 200...40_000),
        Row(kind: .streamsReset, weight: 3, lasting: 1...1),
        Row(kind: .translatorsForget, weight: 2, lasting: 1...1),
        Row(kind: .attack, weight: 4, lasting: 1...1, count: 1...200),
    ]

    /// What happens to an office in an ordinary month, here within minutes.
    private static let usualKinds: Set<Incident.Kind> = [
        .phoneLosesPower, .phoneReboots, .phoneLosesNetwork, .phoneMoves, .streamsReset,
        .translatorsForget, .diskSlow,
    ]

    /// The mean time between two incidents.
    private static func meanPause(_ level: FaultLevel) -> Duration {
        level == .harsh ? .seconds(40) : .seconds(300)
    }

    let level: FaultLevel
    let phoneCount: Int
    let duration: Duration
    /// Nil allows every kind of the level.
    let allowed: Set<Incident.Kind>?

    func draw(from random: SimulatedRandom) -> [Incident] {
        let rows = rowsOfLevel
        guard !rows.isEmpty else { return [] }
        var incidents: [Incident] = []
        var instant = Duration.seconds(10)
        while true {
            let mean = Self.meanPause(level)
            instant += random.duration(from: .zero, to: mean * 2)
            guard instant < duration else { return incidents }
            incidents.append(incident(at: instant, of: pick(rows, random), random))
        }
    }

    private var rowsOfLevel: [Row] {
        guard level != .none else { return [] }
        return Self.rows.filter { row in
            (level == .harsh || Self.usualKinds.contains(row.kind))
                && allowed?.contains(row.kind) != false
        }
    }

    private func pick(_ rows: [Row], _ random: SimulatedRandom) -> Row {
        let total = rows.reduce(0) { $0 + $1.weight }
        var rest = random.number(in: 0...(total - 1))
        for row in rows {
            rest -= row.weight
            if rest < 0 { return row }
        }
        return rows[0]
    }

    private func incident(at instant: Duration, of row: Row, _ random: SimulatedRandom) -> Incident
    {
        let span = row.lasting
        let chosen =
            span.lowerBound + Int64(random.below(UInt64(span.upperBound - span.lowerBound + 1)))
        return Incident(
            at: .milliseconds(instant.milliseconds), kind: row.kind,
            phone: row.isForOnePhone ? random.number(in: 0...(phoneCount - 1)) : nil,
            lasting: span == 1...1 ? .zero : .milliseconds(chosen),
            count: row.count.map { random.number(in: $0) })
    }
}
