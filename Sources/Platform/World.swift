/// All seams together: everything non-deterministic that an owner may touch.
///
/// Passed in, never global. The live one is made by `PlatformLinux`, the virtual one by `Sim`.
public struct World: Sendable {
    public let time: any TimeSource
    public let timers: any Timers
    public let random: any RandomSource
    public let recorder: any EventRecorder
    /// Takes what goes into cores; nil records nothing.
    public let inputs: (any InputRecorder)?
    /// Where the owners' jobs run; nil: wherever the process runs its jobs.
    public let executor: (any TaskExecutor)?

    public init(
        time: any TimeSource, timers: any Timers, random: any RandomSource,
        recorder: any EventRecorder, inputs: (any InputRecorder)? = nil,
        executor: (any TaskExecutor)? = nil
    ) {
        self.inputs = inputs
        self.executor = executor
        self.time = time
        self.timers = timers
        self.random = random
        self.recorder = recorder
    }
}
