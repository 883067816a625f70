import Platform

/// A lane that runs each job at once on the calling thread: for tools that do one thing.
public struct ImmediateLane: StorageLane {
    public init() {}

    public func perform(_ job: @escaping @Sendable () -> Void) { job() }
}
