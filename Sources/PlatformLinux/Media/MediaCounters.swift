import Platform
import Synchronization

/// What the media loops have done since their start: figures for metrics.
public struct MediaCounters: Hashable, Sendable {
    public var packetsReceived = 0
    public var packetsSent = 0
    /// The kernel took them not.
    public var packetsLost = 0
    /// The most that a deadline was missed by since this was read last.
    public var latenessInNanoseconds: Int64 = 0

    public init() {}
}

/// The counters of one loop while they count: published once a batch, not for each packet.
final class MediaCount: Sendable {
    let packetsReceived = Atomic(0)
    let packetsSent = Atomic(0)
    let packetsLost = Atomic(0)
    private let lateness = Atomic<Int64>(0)

    func note(lateness nanoseconds: Int64) {
        if nanoseconds > lateness.load(ordering: .relaxed) {
            lateness.store(nanoseconds, ordering: .relaxed)
        }
    }

    func add(to sum: inout MediaCounters) {
        sum.packetsReceived += packetsReceived.load(ordering: .relaxed)
        sum.packetsSent += packetsSent.load(ordering: .relaxed)
        sum.packetsLost += packetsLost.load(ordering: .relaxed)
        let worst = lateness.exchange(0, ordering: .relaxed)
        sum.latenessInNanoseconds = max(sum.latenessInNanoseconds, worst)
    }
}
