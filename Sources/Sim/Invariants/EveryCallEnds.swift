/// Every transaction and call ends, for the phones and for the exchange.
struct EveryCallEnds: Invariant {
    var claim: String { "every transaction and call ends" }

    func breaches(in evidence: Evidence) -> [String] {
        var breaches = evidence.restlessPhones.map { "phone \($0) never came to rest" }
        let openCount = evidence.begunCount - evidence.sightings.count
        if openCount != 0 { breaches.append("\(openCount) calls never ended for their phone") }
        if evidence.liveCallCount != 0 {
            breaches.append("the exchange still has \(evidence.liveCallCount) calls")
        }
        return breaches
    }
}
