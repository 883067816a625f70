import Platform
import SIPStack
import Synchronization

/// A registration as lists show it.
public struct RegistrationSummary: Sendable, Equatable {
    public var number: ExtensionNumber
    public var contact: String
    public var flow: String
    public var userAgent: String
    /// Seconds until it expires.
    public var secondsLeft: Int64
    public var isReachable: Bool
}

/// Gathers what every extension says of its bindings, and replies when the last has spoken.
final class RegistrationCollector: Sendable {
    private struct Gathered {
        var missing: Int
        var rows: [RegistrationSummary] = []
    }

    private let gathered: Mutex<Gathered>
    private let now: Instant
    private let reply: @Sendable ([RegistrationSummary]) -> Void

    init(
        expected: Int, now: Instant, reply: @escaping @Sendable ([RegistrationSummary]) -> Void
    ) {
        gathered = Mutex(Gathered(missing: expected))
        self.now = now
        self.reply = reply
        if expected == 0 { reply([]) }
    }

    func add(_ bindings: [Binding], of record: ExtensionRecord?) {
        let rows = bindings.compactMap { binding in
            record.map { RegistrationSummary(binding, number: $0.number, now: now) }
        }
        let all = gathered.withLock { gathered -> [RegistrationSummary]? in
            gathered.rows += rows
            gathered.missing -= 1
            return gathered.missing == 0 ? gathered.rows : nil
        }
        if let all { reply(all.sorted { ($0.number, $0.contact) < ($1.number, $1.contact) }) }
    }
}

extension RegistrationSummary {
    init(_ binding: Binding, number: ExtensionNumber, now: Instant) {
        self.init(
            number: number, contact: binding.contact.uri.text, flow: binding.flow.description,
            userAgent: binding.userAgent,
            secondsLeft: max(0, (binding.expires - now).components.seconds),
            isReachable: binding.isReachable)
    }
}
