/// What happened, for logs, metrics, traces and later replay: recorded where effects are performed.
public struct RecordedEvent: Sendable {
    public enum Level: Int, Sendable, Comparable {
        case debug, info, warning, error

        public static func < (one: Level, other: Level) -> Bool { one.rawValue < other.rawValue }
    }

    public var level: Level
    /// A constant in dotted form: `call.ended`, `registration.refused`.
    public var name: String
    /// Keys and values; never bodies, credentials, digits or audio.
    public var details: [(key: String, value: String)]

    public init(_ level: Level, _ name: String, _ details: [(key: String, value: String)] = []) {
        self.level = level
        self.name = name
        self.details = details
    }
}

/// Takes recorded events. Live: swift-log. Simulated: the trace.
public protocol EventRecorder: Sendable {
    /// The least level worth composing: owners skip what is below.
    var level: RecordedEvent.Level { get }
    func record(_ event: RecordedEvent)
}

extension EventRecorder {
    /// Records where the level is wanted; the details are composed only then.
    public func record(
        _ level: RecordedEvent.Level, _ name: String,
        _ details: @autoclosure () -> [(key: String, value: String)] = []
    ) {
        guard level >= self.level else { return }
        record(RecordedEvent(level, name, details()))
    }
}
