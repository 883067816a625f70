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
    private var reported: Set<UInt32> = []

    init(phones: [(phone: UInt32, number: String)]) {
        self.phones = phones
    }

    mutating func findings(in glimpse: ExchangeGlimpse, outages: [Outage]) -> [Finding] {
        guard let reachable = glimpse.reachable, glimpse.instant - .start > Self.bound else {
            return []
        }
        var findings: [Finding] = []
        for (phone, number) in phones where !reachable.contains(phone) {
            let isExcused = outages.hit(
                phone, from: glimpse.instant, to: glimpse.instant, grace: Self.bound)
            guard !isExcused, reported.insert(phone).inserted else { continue }
            findings.append(
                Finding(
                    Self.claim, "\(number) cannot be called on phone \(phone), though it is there"))
        }
        return findings
    }
}
