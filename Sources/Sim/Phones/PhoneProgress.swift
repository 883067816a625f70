import Platform
import SIPStack

/// What a phone's call has of provisional responses and session timers, kept by hand.
struct PhoneProgress: Sendable {
    /// A reliable 183 of ours that no PRACK has come for.
    struct Unacknowledged: Sendable {
        var response: Response
        var transaction: ServerTransactionID
        var interval: Duration
        var end: Instant
    }

    /// The RSeq of the other side's last reliable response.
    var lastNumber: UInt32?
    /// Descriptions were exchanged reliably: the 2xx holds none.
    var isSettled = false
    var unacknowledged: Unacknowledged?
    /// The session timer in seconds, where one was agreed.
    var sessionSeconds: UInt32?
    var isRefresher = false
}
