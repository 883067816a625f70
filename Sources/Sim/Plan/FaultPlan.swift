import Platform

/// What the network does wrong all the time, and how often.
public struct FaultPlan: Sendable, Equatable, Codable {
    // Microseconds:
    /// One way, between two hosts, before jitter.
    public var leastLatency: Int
    public var greatestLatency: Int
    /// Added to each datagram at random.
    public var jitter: Int

    // Datagrams in a thousand:
    /// Lost, each for itself.
    public var lost = 0
    /// Begin a burst, in which most that follow on the same way are lost.
    public var burst = 0
    public var duplicated = 0
    /// Held back long enough to come after their successors.
    public var reordered = 0
    /// Damaged: nearly all of these are dropped for their checksum, the others come so.
    public var corrupted = 0
    /// Ways in a thousand that cut datagrams into small fragments, each of which can be lost.
    public var narrow = 0

    // Stream writes in a thousand:
    /// Arrive in two pieces.
    public var split = 0
    /// Arrive byte by byte.
    public var trickled = 0
    /// Arrive together with what came before.
    public var merged = 0
    /// Whose segment was lost and sent again.
    public var stalled = 0
    /// After which the stream is reset.
    public var streamReset = 0

    /// A good local network: order is kept and all arrives.
    public static let none = FaultPlan(leastLatency: 200, greatestLatency: 2000, jitter: 0)

    /// The networks that people telephone over.
    public static let usual = FaultPlan(
        leastLatency: 1000, greatestLatency: 60_000, jitter: 8000, lost: 15, duplicated: 5,
        reordered: 10, split: 100, stalled: 15)

    /// Networks at their worst: mobile, overloaded, misconfigured.
    public static let harsh = FaultPlan(
        leastLatency: 1000, greatestLatency: 250_000, jitter: 30_000, lost: 30, burst: 3,
        duplicated: 20, reordered: 30, corrupted: 5, narrow: 100, split: 200, trickled: 20,
        merged: 100, stalled: 50, streamReset: 2)

    /// What goes wrong at that level.
    public static func standard(_ level: FaultLevel) -> FaultPlan {
        switch level {
        case .none: .none
        case .usual: .usual
        case .harsh: .harsh
        }
    }

    /// Every rate, which shrinking and swarm testing may set to 0, by its name in plan files.
    static var fields: [(name: String, path: WritableKeyPath<FaultPlan, Int>)] {
        [
            ("jitter", \.jitter), ("lost", \.lost), ("burst", \.burst),
            ("duplicated", \.duplicated), ("reordered", \.reordered), ("corrupted", \.corrupted),
            ("narrow", \.narrow), ("split", \.split), ("trickled", \.trickled),
            ("merged", \.merged), ("stalled", \.stalled), ("streamReset", \.streamReset),
        ]
    }
}
