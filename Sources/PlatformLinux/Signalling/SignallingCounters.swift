import Synchronization

/// What the signalling network has done since its start: figures for metrics.
public struct SignallingCounters: Hashable, Sendable {
    public var datagramsReceived = 0
    public var datagramsSent = 0
    /// Lost in a full queue of the kernel; retransmission heals it.
    public var datagramsLost = 0
    /// From sources that may not come in, or not so fast.
    public var datagramsTurnedAway = 0
    /// The network refused them, at once or by a later report.
    public var datagramsFailed = 0
    public var connectionsAccepted = 0
    /// Closed at once, over a limit.
    public var connectionsRefused = 0
    /// Accepted ones that never completed a handshake or a first message.
    public var connectionsIdle = 0
    /// Their reader was too slow.
    public var connectionsOverflowed = 0

    public init() {}
}

/// The counters while they count.
final class SignallingCount: Sendable {
    let datagramsReceived = Atomic(0)
    let datagramsSent = Atomic(0)
    let datagramsLost = Atomic(0)
    let datagramsTurnedAway = Atomic(0)
    let datagramsFailed = Atomic(0)
    let connectionsAccepted = Atomic(0)
    let connectionsRefused = Atomic(0)
    let connectionsIdle = Atomic(0)
    let connectionsOverflowed = Atomic(0)

    var snapshot: SignallingCounters {
        var counters = SignallingCounters()
        counters.datagramsReceived = datagramsReceived.load(ordering: .relaxed)
        counters.datagramsSent = datagramsSent.load(ordering: .relaxed)
        counters.datagramsLost = datagramsLost.load(ordering: .relaxed)
        counters.datagramsTurnedAway = datagramsTurnedAway.load(ordering: .relaxed)
        counters.datagramsFailed = datagramsFailed.load(ordering: .relaxed)
        counters.connectionsAccepted = connectionsAccepted.load(ordering: .relaxed)
        counters.connectionsRefused = connectionsRefused.load(ordering: .relaxed)
        counters.connectionsIdle = connectionsIdle.load(ordering: .relaxed)
        counters.connectionsOverflowed = connectionsOverflowed.load(ordering: .relaxed)
        return counters
    }
}

extension Atomic where Value == Int {
    borrowing func increment() { add(1, ordering: .relaxed) }
}
