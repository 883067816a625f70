import Platform

/// The exchange answers what it was asked, and nothing else (RFC 3261 §17.2).
enum EveryResponseAnswersARequest {
    static let claim = "every response answers a request that came"

    static func finding(_ message: WatchedMessage) -> Finding {
        Finding(
            claim,
            "a \(message.glance.status) to \(message.glance.method) went to"
                + " \(message.passage.flow.remote), who had asked nothing, or long ago",
            of: message)
    }
}
