/// At rest no binding, media leg, port or timer is left.
struct NothingIsLeftAtRest: Invariant {
    var claim: String { "at rest nothing is left" }

    func breaches(in evidence: Evidence) -> [String] {
        [
            ("bindings", evidence.bindingCount), ("media legs", evidence.openMediaLegCount),
            ("media ports", evidence.mediaPortCount), ("deadlines", evidence.waitingCount),
        ]
        .filter { $0.1 != 0 }
        .map { "\($0.1) \($0.0) are left" }
    }
}
