/// Where the two kinds of time come from.
public protocol TimeSource: Sendable {
    var now: Instant { get }
    var wallTime: WallTime { get }
}

/// One wake-up of one owner. Setting replaces; nil disarms.
///
/// An owner keeps the deadlines of its cores in a ``DeadlineTable`` and sets its alarm to the
/// earliest. The alarm may fire late, and once more after it was moved: the owner then finds
/// nothing due and sets it again.
public protocol Alarm: AnyObject, Sendable {
    func set(_ deadline: Instant?)
}

/// Makes alarms. Live: one timer wheel and one thread. Simulated: the virtual clock.
public protocol Timers: Sendable {
    /// - Parameter fire: called from any thread at or after the deadline; it posts, it never works.
    func makeAlarm(_ fire: @escaping @Sendable () -> Void) -> any Alarm
}
