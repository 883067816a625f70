/// Once the world of a dead incarnation has drained, no object and no alarm of it is left.
struct NothingOutlivesACrash: Invariant {
    var claim: String { "nothing outlives a crash" }

    func breaches(in evidence: Evidence) -> [String] { evidence.remains }
}
