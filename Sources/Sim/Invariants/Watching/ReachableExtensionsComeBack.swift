import Platform

/// Whoever's phone is there can be called on it: soon after the start, and soon after whatever
/// failed.
struct ReachableExtensionsComeBack: StandingInvariant {
    static let claim = "an extension is reachable again soon after any outage"
    /// A REGISTER that gets no answer takes 32 s, a phone waits up to 20 s before the next, and that
    /// one may be lost too.
    static let bound = Duration.seconds(120)

    /// The phones of the world, with their numbers.
    let phones: [(phone: UInt32, number: String)]
    /// Since when each phone that cannot be called cannot.
    private var gone: [UInt32: Instant] = [:]
    private var reported: Set<UInt32> = []

    init(phones: [(phone: UInt32, number: String)]) {
        self.phones = phones
    }

    /// What is left of a registration at a restart is told by the wall clock: after a jump the phones
    /// come back when they refresh, each by its own time.
    private static func hasRestartedByAnotherClock(_ outages: [Outage]) -> Bool {
        let jump = outages.first { $0.kind == .wallClock }
        guard let jump else { return false }
        return outages.contains { $0.kind == .exchangeDown && $0.ended >= jump.began }
    }

    mutating func findings(in glimpse: ExchangeGlimpse, outages: [Outage]) -> [Finding] {
        guard let reachable = glimpse.reachable, glimpse.instant - .start > Self.bound else {
            return []
        }
        var findings: [Finding] = []
        for (phone, number) in phones {
            guard !reachable.contains(phone) else {
                gone[phone] = nil
                continue
            }
            // Streams break all the time: what counts is who does not come back.
            let since = gone[phone] ?? glimpse.instant
            gone[phone] = since
            let isExcused =
                glimpse.instant - since <= Self.bound || Self.hasRestartedByAnotherClock(outages)
                || outages.hit(phone, from: since, to: glimpse.instant, grace: Self.bound)
            guard !isExcused, reported.insert(phone).inserted else { continue }
            findings.append(
                Finding(
                    Self.claim, "\(number) cannot be called on phone \(phone), though it is there"))
        }
        return findings
    }
}
