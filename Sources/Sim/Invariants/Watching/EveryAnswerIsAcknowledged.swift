import Platform

/// Each final response to an INVITE of the exchange gets its ACK, each time it comes
/// (RFC 3261 §17.1.1.3, §13.2.2.4).
struct EveryAnswerIsAcknowledged: Sendable {
    static let claim = "every answer to an INVITE is acknowledged"
    /// Answers to all the exchange's INVITEs hold what it needs: nothing is waited for.
    private static let bound = Duration.seconds(1)

    private struct Answer: Hashable, Sendable {
        var sipCallID: UInt64
        var sequence: UInt32
        var toTag: UInt64
    }

    private var waiting: [Answer: WatchedMessage] = [:]
    /// Dialogs that the exchange has ended: it owes them nothing more.
    private var ended: [UInt64: Instant] = [:]
    /// An INVITE of the exchange.
    private struct Invite: Sendable {
        var sent: Instant
        var flow: Flow
        /// A provisional response has come: a broken stream does not end it any more.
        var isProceeding = false
        /// When it was cancelled: 64·T1 later the exchange has given it up (RFC 3261 §9.1).
        var cancelled: Instant?
        /// When its first final response came: that long is it known (timer D, RFC 3261 §17.1.1.2).
        var answered: Instant?

        func isOpen(at now: Instant) -> Bool {
            // Timer B ends what nobody answered at all (§17.1.1.2).
            now - sent < (isProceeding ? .seconds(300) : .seconds(31))
                && cancelled.map { now - $0 < .seconds(31) } ?? true
                && answered.map { now - $0 < .seconds(31) } ?? true
        }
    }

    /// INVITEs that are up to the exchange, so that a stranger's answer counts for nothing.
    private var invites: [UInt64: Invite] = [:]

    mutating func see(_ message: WatchedMessage) -> [Finding] {
        if message.glance.isRequest, message.glance.method == .bye {
            end(message)
        } else if message.isOut {
            if message.glance.isRequest { leave(message) }
        } else if !message.glance.isRequest, message.glance.method == .invite {
            arrive(message)
        }
        return []
    }

    /// A request of the exchange.
    private mutating func leave(_ message: WatchedMessage) {
        let glance = message.glance
        if glance.method == .invite, invites[glance.branch] == nil {
            invites[glance.branch] = Invite(sent: message.instant, flow: message.passage.flow)
        } else if glance.method == .cancel {
            let began = invites[glance.branch]?.cancelled ?? message.instant
            invites[glance.branch]?.cancelled = began
        } else if glance.method == .ack {
            waiting[Self.answer(glance)] = nil
        }
    }

    /// Whoever's BYE it is: the dialog is over.
    private mutating func end(_ message: WatchedMessage) {
        ended[message.glance.sipCallID] = message.instant
        waiting = waiting.filter { $0.key.sipCallID != message.glance.sipCallID }
    }

    /// A response to an INVITE of the exchange.
    private mutating func arrive(_ message: WatchedMessage) {
        let glance = message.glance
        guard let invite = invites[glance.branch], invite.isOpen(at: message.instant) else {
            return
        }
        if glance.status < 200 {
            invites[glance.branch]?.isProceeding = true
        } else if ended[glance.sipCallID] == nil, waiting[Self.answer(glance)] == nil {
            invites[glance.branch]?.answered = invite.answered ?? message.instant
            waiting[Self.answer(glance)] = message
        }
    }

    /// Nobody listens there: the exchange has given up what it had asked there.
    mutating func sendFailed(on flow: Flow) {
        invites = invites.filter { $0.value.flow != flow }
    }

    mutating func tick(now: Instant) -> [Finding] {
        let overdue = waiting.filter { now - $0.value.instant > Self.bound }
        for answer in overdue.keys { waiting[answer] = nil }
        if ended.count > 1_000 { ended = ended.filter { now - $0.value < .seconds(70) } }
        if invites.count > 1_000 {
            invites = invites.filter { now - $0.value.sent < .seconds(300) }
        }
        return overdue.values.sorted { $0.instant < $1.instant }.map {
            Finding(Self.claim, "a \($0.glance.status) to INVITE got no ACK", of: $0)
        }
    }

    mutating func forget(_ flow: Flow) {
        waiting = waiting.filter { $0.value.passage.flow != flow }
        // One that broke before any response has failed for good; its late answer is a stray.
        invites = invites.filter { $0.value.flow != flow || $0.value.isProceeding }
    }

    private static func answer(_ glance: MessageGlance) -> Answer {
        Answer(sipCallID: glance.sipCallID, sequence: glance.sequence, toTag: glance.toTag)
    }
}
