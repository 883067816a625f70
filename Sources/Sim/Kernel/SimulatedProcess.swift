import CSim

/// What a simulated run asks of its process before anything else happens.
public enum SimulatedProcess {
    /// Fixes Swift's hash seed; starts the process anew where that is needed.
    public static func fixHashSeed() {
        csim_fix_hash_seed(CommandLine.unsafeArgv)
    }

    /// From here on libraries read the world's clock and chance, and every reading is counted.
    ///
    /// SQLite gets both by its own file layer, uncounted: that is its way to ask the world.
    public static func enterWorld(seed: UInt64) -> Bool {
        csim_virtualise(seed)
        return csim_register_sqlite(seed) == 0
    }

    public static func leaveWorld() {
        csim_stop_virtualising()
    }

    /// The machine's clock, for the speed-up that is printed.
    public static var realTime: Duration { .nanoseconds(csim_real_nanoseconds()) }
}
