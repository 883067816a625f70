/// One ordered lane of blocking storage work, off the owners' threads.
///
/// Live: a thread of its own. Simulated: the simulator's thread, after a latency drawn from the
/// seed. Jobs run one after another in the order given; a job posts its result back as an event.
public protocol StorageLane: Sendable {
    func perform(_ job: @escaping @Sendable () -> Void)
}
