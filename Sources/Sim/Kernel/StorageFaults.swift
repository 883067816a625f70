import CSim

/// What the simulated disk does wrong while it does.
public struct StorageFaults: Sendable, Equatable, Codable {
    /// Every write fails.
    public var failsWrites = false
    /// No file can grow.
    public var isFull = false
    /// Every sync fails.
    public var failsSyncs = false
    /// How many times longer than usual each piece of work takes.
    public var slowness = 1

    public static let none = StorageFaults()

    /// Lets the disk behave so from now on.
    func apply() {
        csim_set_disk_faults(
            csim_disk_faults(
                fails_writes: failsWrites, is_full: isFull, fails_syncs: failsSyncs))
    }
}
