import Platform

/// A call that has left does nothing any more: no message is delivered to an actor after its end.
struct NoMessageReachesAnEndedCall: Sendable {
    static let claim = "no message is delivered to an actor after its end"

    private var left: Set<String> = []

    mutating func see(_ event: RecordedEvent) -> Finding? {
        guard event.name.hasPrefix("call.") || event.name.hasPrefix("media."),
            let call = event.details.first, call.key == "call"
        else { return nil }
        if event.name == "call.left" {
            return left.insert(call.value).inserted
                ? nil : Finding(Self.claim, "call \(call.value) left twice")
        }
        // Its last words were written before; the disk may answer later.
        guard left.contains(call.value), event.name != "call.notStored" else { return nil }
        return Finding(Self.claim, "\(event.name) of \(call.value), which has left")
    }
}
