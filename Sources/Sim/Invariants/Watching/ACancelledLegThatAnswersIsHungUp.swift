import Platform

/// An answer that crosses the CANCEL is taken, and hung up (RFC 3261 §9.1, §15).
struct ACancelledLegThatAnswersIsHungUp: Sendable {
    static let claim = "an answer that crosses the CANCEL is hung up"
    private static let bound = Duration.seconds(1)

    private struct Cancelled: Sendable {
        var began: Instant
        /// What comes again is owed nothing more.
        var isAnswered = false
    }

    /// INVITEs that the exchange has cancelled.
    private var cancelled: [UInt64: Cancelled] = [:]
    /// Answers to those, by Call-ID, until a BYE goes out or comes in.
    private var answered: [UInt64: WatchedMessage] = [:]

    /// Dialogs that had their BYE: an answer that comes again is owed no other.
    private var ended: [UInt64: Instant] = [:]

    mutating func see(_ message: WatchedMessage) -> [Finding] {
        let glance = message.glance
        if glance.isRequest {
            if glance.method == .cancel, message.isOut, cancelled[glance.branch] == nil {
                cancelled[glance.branch] = Cancelled(began: message.instant)
            }
            if glance.method == .bye {
                answered[glance.sipCallID] = nil
                ended[glance.sipCallID] = message.instant
            }
        } else if !message.isOut, glance.method == .invite, (200..<300).contains(glance.status),
            let invite = cancelled[glance.branch], !invite.isAnswered,
            ended[glance.sipCallID] == nil,
            // After 64·T1 the exchange has given the INVITE up.
            message.instant - invite.began < .seconds(31)
        {
            cancelled[glance.branch]?.isAnswered = true
            answered[glance.sipCallID] = message
        }
        return []
    }

    mutating func tick(now: Instant) -> [Finding] {
        let overdue = answered.filter { now - $0.value.instant > Self.bound }
        for sipCallID in overdue.keys { answered[sipCallID] = nil }
        if cancelled.count > 1_000 {
            cancelled = cancelled.filter { now - $0.value.began < .seconds(60) }
        }
        if ended.count > 1_000 { ended = ended.filter { now - $0.value < .seconds(60) } }
        return overdue.values.sorted { $0.instant < $1.instant }.map {
            Finding(Self.claim, "no BYE after the answer", of: $0)
        }
    }

    mutating func forget(_ flow: Flow) {
        answered = answered.filter { $0.value.passage.flow != flow }
    }
}
