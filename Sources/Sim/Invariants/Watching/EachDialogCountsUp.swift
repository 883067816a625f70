import Platform

/// Within a dialog each new request of the exchange has a greater CSeq than all before it (RFC 3261
/// §12.2.1.1). Seen as it is sent: on the way one may overtake another.
struct EachDialogCountsUp: Sendable {
    static let claim = "each dialog counts up"
    /// A dialog that is silent for so long is forgotten.
    private static let memory = Duration.seconds(300)

    private var last: [UInt64: (sequence: UInt32, seen: Instant)] = [:]

    /// A transaction that begins.
    mutating func finding(_ message: WatchedMessage) -> Finding? {
        let glance = message.glance
        guard glance.method != .cancel, glance.method != .ack, glance.toTag != 0 else { return nil }
        let dialog = glance.sipCallID ^ glance.fromTag &* 0x9E37_79B9_7F4A_7C15
        let before = last.updateValue((glance.sequence, message.instant), forKey: dialog)
        guard let before, glance.sequence <= before.sequence else { return nil }
        return Finding(
            Self.claim, "\(glance.method) with CSeq \(glance.sequence) after \(before.sequence)",
            of: message)
    }

    mutating func tick(now: Instant) {
        last = last.filter { now - $0.value.seen <= Self.memory }
    }
}
