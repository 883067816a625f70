import Platform

/// Ladder diagrams for what was found.
extension Watch {
    /// Only the first findings get one: a reader needs no more.
    private static var ladderLimit: Int { 5 }

    /// The same breaches with the seed, and the first of each claim with its ladder.
    func illustrated(_ breaches: [Breach], seed: UInt64) -> [Breach] {
        var shown: Set<String> = []
        let recent = breaches.contains { !$0.sipCallIDs.isEmpty } ? recentMessages : nil
        return breaches.map { breach in
            var breach = breach
            breach.seed = seed
            guard let recent, !breach.sipCallIDs.isEmpty, shown.count < Self.ladderLimit,
                shown.insert(breach.claim).inserted
            else { return breach }
            breach.ladder = recent.ladder(
                of: breach.sipCallIDs, exchange: exchangeName,
                naming: { world.network.host(at: $0)?.name })
            return breach
        }
    }
}
