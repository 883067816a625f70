/// One ordered lane of blocking storage work, off the owners' threads.
///
/// Live: a thread of its own. Simulated: the simulator's thread, after a latency drawn from the
/// seed. Jobs run one after another in the order given; a job posts its result back as an event.
public protocol StorageLane: Sendable {
    func perform(_ job: @escaping @Sendable () -> Void)

    /// The same where nobody waits for the result: the lane may wait some milliseconds before it
    /// begins, so that more work comes together. A later job that is not of this kind ends the wait.
    func performUnhurried(_ job: @escaping @Sendable () -> Void)
}

extension StorageLane {
    public func performUnhurried(_ job: @escaping @Sendable () -> Void) { perform(job) }
}
