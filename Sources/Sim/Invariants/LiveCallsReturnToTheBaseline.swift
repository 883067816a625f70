import PBX

/// When all calls are over, no call lives any more: nothing holds on to one.
struct LiveCallsReturnToTheBaseline: Invariant {
    var claim: String { "live calls return to the baseline" }

    func breaches(in evidence: Evidence) -> [String] {
        guard let census = evidence.census, census.liveCalls != 0 else { return [] }
        return ["\(census.liveCalls) calls live, and nobody knows them"]
    }
}
