/// One event that went into a core: with those before it, and the core's beginning, it makes the
/// same core do the same again.
public struct RecordedInput: Sendable {
    /// Whose core: a call's ID.
    public var owner: String
    public var instant: Instant
    public var at: WallTime
    /// Of the configuration that was in force.
    public var revision: Int64
    /// Typed; writing it down is the recorder's work, in its own time.
    public var event: any Encodable & Sendable

    public init(
        owner: String, instant: Instant, at: WallTime, revision: Int64,
        event: any Encodable & Sendable
    ) {
        self.owner = owner
        self.instant = instant
        self.at = at
        self.revision = revision
        self.event = event
    }
}

/// Takes what goes into cores, so that it can be replayed. A world without one records nothing, and
/// composes nothing.
public protocol InputRecorder: Sendable {
    /// From any owner, in its order. Never blocks.
    func record(_ input: RecordedInput)
}
