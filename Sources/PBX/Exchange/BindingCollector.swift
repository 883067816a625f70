import Synchronization

/// Gathers what every extension says of its bindings, and replies when the last has spoken.
final class BindingCollector: Sendable {
    private struct Gathered {
        var missing: Int
        var rows: [BindingRecord] = []
    }

    private let gathered: Mutex<Gathered>
    private let reply: @Sendable ([BindingRecord]) -> Void

    init(expected: Int, reply: @escaping @Sendable ([BindingRecord]) -> Void) {
        gathered = Mutex(Gathered(missing: expected))
        self.reply = reply
        if expected == 0 { reply([]) }
    }

    func add(_ rows: [BindingRecord]) {
        let all = gathered.withLock { gathered -> [BindingRecord]? in
            gathered.rows += rows
            gathered.missing -= 1
            return gathered.missing == 0 ? gathered.rows : nil
        }
        if let all {
            reply(all.sorted { ($0.extensionID, $0.contact) < ($1.extensionID, $1.contact) })
        }
    }
}
