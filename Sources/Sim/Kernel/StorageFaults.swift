import CSim

/// What the simulated disk does wrong while it does.
public struct StorageFaults: Sendable, Equatable, Codable {
    /// Every write fails.
    public var failsWrites = false
    /// No file can grow.
    public var isFull = false
    /// Every sync fails.
    public var failsSyncs = false
    /// Every sync is said to be done, and is not: no exchange survives that with a loss of power.
    public var ignoresSyncs = false
    /// How many times longer than usual each piece of work takes.
    public var slowness = 1

    public static let none = StorageFaults()

    public init(
        failsWrites: Bool = false, isFull: Bool = false, failsSyncs: Bool = false,
        ignoresSyncs: Bool = false, slowness: Int = 1
    ) {
        self.failsWrites = failsWrites
        self.isFull = isFull
        self.failsSyncs = failsSyncs
        self.ignoresSyncs = ignoresSyncs
        self.slowness = slowness
    }

    /// Lets the disk behave so from now on.
    public func apply() {
        csim_set_disk_faults(
            csim_disk_faults(
                fails_writes: failsWrites, is_full: isFull, fails_syncs: failsSyncs,
                ignores_syncs: ignoresSyncs))
    }
}
