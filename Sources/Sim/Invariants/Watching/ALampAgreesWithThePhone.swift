import Platform

/// A lamp shows what the phone is, as soon as the network lets it.
struct ALampAgreesWithThePhone: Sendable {
    static let claim = "a lamp agrees with the phone"

    /// After an outage of the watched phone its call may go on without it: until the other party
    /// hangs up.
    private static let outageGrace = Duration.seconds(400)

    /// How long a change may take to the lamp. Where everything arrives, a moment; else the request
    /// that ends a call, and then the NOTIFY, may each be repeated for 64 × T1.
    static func bound(of faults: FaultPlan) -> Duration {
        faults.losesMessages ? .seconds(70) : .seconds(2)
    }

    let bound: Duration
    /// The phones of each number.
    let phones: [String: [UInt32]]

    func findings(on board: LampBoard, now: Instant, outages: [Outage]) -> [Finding] {
        board.pairs.compactMap { lamp, truth in
            // They disagree since the one or the other changed: a lamp may be told of a call before
            // the phone, however long that has been idle.
            let differing = max(truth.since, lamp.since ?? truth.since)
            guard let standing = truth.standing, lamp.standing != standing,
                now - differing > bound, let subscribed = lamp.subscribed
            else { return nil }
            // What an outage took from the watcher comes with its next refresh.
            let isWatcherExcused = outages.hit(
                lamp.watcher, from: subscribed, to: now, grace: bound)
            let isWatchedExcused = (phones[lamp.number] ?? []).contains {
                outages.hit($0, from: truth.since, to: now, grace: Self.outageGrace)
            }
            guard now - subscribed > bound, !isWatcherExcused, !isWatchedExcused else {
                return nil
            }
            return Finding(
                Self.claim,
                "\(lamp.number) is \(standing.rawValue), but a lamp at phone \(lamp.watcher) says "
                    + "\(lamp.standing?.rawValue ?? "nothing") for \(now - differing)")
        }
    }
}

extension FaultPlan {
    /// Messages may have to be sent again.
    var losesMessages: Bool {
        lost + burst + corrupted + narrow + stalled + streamReset + trickled > 0
    }
}
