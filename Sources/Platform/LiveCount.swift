import Synchronization

/// How many objects of one kind live: each counts itself in when it is made, and out when it goes.
///
/// Whoever makes the objects keeps the count; at rest it is what it was before.
public final class LiveCount: Sendable {
    private let value = Atomic<Int>(0)

    public init() {}

    public var count: Int { value.load(ordering: .relaxed) }

    public func add() {
        value.add(1, ordering: .relaxed)
    }

    public func remove() {
        value.subtract(1, ordering: .relaxed)
    }
}
