/// What the network does wrong, and how often.
public struct FaultPlan: Sendable, Equatable, Codable {
    /// One way, between two hosts, before jitter.
    public var leastLatency: Duration
    public var greatestLatency: Duration
    /// Added to each datagram at random: from zero to this.
    public var jitter: Duration
    /// Datagrams in a thousand.
    public var lost: Int
    public var duplicated: Int
    /// Held back long enough to come after their successors.
    public var reordered: Int
    /// Stream writes in a thousand that arrive in two pieces.
    public var split: Int
    /// Stream writes in a thousand whose segment was lost and sent again.
    public var stalled: Int

    /// A good local network: order is kept and all arrives.
    public static let none = FaultPlan(
        leastLatency: .microseconds(200), greatestLatency: .milliseconds(2), jitter: .zero,
        lost: 0, duplicated: 0, reordered: 0, split: 0, stalled: 0)

    /// The networks that people telephone over.
    public static let usual = FaultPlan(
        leastLatency: .milliseconds(1), greatestLatency: .milliseconds(60),
        jitter: .milliseconds(8), lost: 15, duplicated: 5, reordered: 10, split: 100, stalled: 15)

    /// How long a reordered datagram is held back at most.
    static let longestReordering = Duration.milliseconds(700)
    /// How long a stream stands still while a lost segment is sent again.
    static let streamRetransmission = Duration.milliseconds(220)
}
