import Platform

/// One way between two hosts: how late datagrams arrive, and which do not.
struct Link: Sendable {
    /// What becomes of one datagram.
    struct Passage: Sendable {
        /// After how long it arrives; twice where it is doubled, never where it is lost.
        var delays: [Duration] = []
        /// It arrives with bytes that nobody sent.
        var isCorrupt = false
        var isReordered = false
    }

    /// How the delay varies around the latency.
    private enum Spread: Int, CaseIterable {
        case constant, even, longTailed
    }

    private static let longestReordering = Duration.milliseconds(700)
    private static let longestBurst = Duration.milliseconds(1500)
    /// Of a thousand datagrams in a burst.
    private static let lostInBurst = 850
    /// Of a thousand damaged datagrams, those whose checksum is right all the same.
    private static let undetected = 50
    private static let fragmentLength = 548

    let latency: Duration
    private let spread: Spread
    private let isNarrow: Bool
    private var burstEnd = Instant.start

    init(faults: FaultPlan, random: some RandomSource) {
        latency = random.duration(
            from: .microseconds(faults.leastLatency), to: .microseconds(faults.greatestLatency))
        spread = Spread.allCases[random.number(in: 0...Spread.allCases.count - 1)]
        isNarrow = random.happens(perThousand: faults.narrow)
    }

    mutating func carry(
        _ byteCount: Int, faults: FaultPlan, now: Instant, random: some RandomSource
    ) -> Passage {
        var passage = Passage()
        if random.happens(perThousand: faults.burst) {
            burstEnd = now + random.duration(from: .milliseconds(50), to: Self.longestBurst)
        }
        if now < burstEnd, random.happens(perThousand: Self.lostInBurst) { return passage }
        let fragments = isNarrow ? 1 + byteCount / Self.fragmentLength : 1
        for _ in 0..<fragments where random.happens(perThousand: faults.lost) { return passage }
        if random.happens(perThousand: faults.corrupted) {
            guard random.happens(perThousand: Self.undetected) else { return passage }
            passage.isCorrupt = true
        }
        passage.delays.append(delay(faults, random))
        if random.happens(perThousand: faults.duplicated) {
            passage.delays.append(delay(faults, random))
        }
        if random.happens(perThousand: faults.reordered) {
            passage.isReordered = true
            passage.delays[0] += random.duration(from: .zero, to: Self.longestReordering)
        }
        return passage
    }

    private func delay(_ faults: FaultPlan, _ random: some RandomSource) -> Duration {
        guard faults.jitter > 0 else { return latency }
        let jitter = UInt64(faults.jitter)
        switch spread {
        case .constant: return latency
        case .even: return latency + .microseconds(Int64(random.below(jitter + 1)))
        case .longTailed:
            // The product of three even draws is small nearly always, and now and then ten times
            // the jitter.
            let chance = random.below(1000) * random.below(1000) / 1000 * random.below(1000) / 1000
            return latency + .microseconds(Int64(10 * jitter * chance / 1000))
        }
    }
}
