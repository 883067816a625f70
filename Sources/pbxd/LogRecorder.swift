import Logging
import Platform

/// Recorded events as structured log lines on standard error.
struct LogRecorder: EventRecorder {
    let level: RecordedEvent.Level
    let logger: Logger

    init(level: RecordedEvent.Level) {
        self.level = level
        var logger = Logger(label: "pbxd") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(level)
        self.logger = logger
    }

    func record(_ event: RecordedEvent) {
        var metadata = Logger.Metadata()
        for (key, value) in event.details { metadata[key] = .string(value) }
        logger.log(level: Logger.Level(event.level), "\(event.name)", metadata: metadata)
    }
}

extension Logger.Level {
    fileprivate init(_ level: RecordedEvent.Level) {
        switch level {
        case .debug: self = .debug
        case .info: self = .info
        case .warning: self = .warning
        case .error: self = .error
        }
    }
}
