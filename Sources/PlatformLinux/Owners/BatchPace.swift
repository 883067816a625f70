/// Lets what comes close together be worked off together.
///
/// To wake up costs more than to take a message, and the caches are cold then: under steady traffic
/// who has just worked rests until the pace is over before it looks again, as network cards do. A
/// message now and then, and the few of one call on a quiet machine, are not held up.
struct BatchPace {
    /// So many batches, each soon after the one before, are steady traffic.
    private static var patience: Int { 32 }

    /// Nanoseconds from the begin of a batch to that of the next.
    private let length: Int64
    private var begun: Int64 = 0
    private var steadyCount = 0

    init(_ length: Duration) {
        self.length = Int64(length / .nanoseconds(1))
    }

    /// A batch begins; nanoseconds of the monotonic clock.
    mutating func begin(at now: Int64) {
        steadyCount = now - begun < 2 * length ? steadyCount + 1 : 0
        begun = now
    }

    /// When the next batch may begin; nil: at once.
    func end(now: Int64) -> Int64? {
        guard steadyCount >= Self.patience, begun + length > now else { return nil }
        return begun + length
    }
}
