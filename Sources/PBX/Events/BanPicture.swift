import Platform
import SIPStack

/// A banned source as it is shown.
public struct BanPicture: Hashable, Sendable, Codable {
    /// An IPv4 address, or the /64 of an IPv6 address.
    public var source: String
    /// `guessing` or `scanning`.
    public var reason: String
    /// Until it may come in again.
    public var secondsLeft: Int64
    /// How often it was banned, this time too.
    public var count: Int
    /// Messages that were dropped so far.
    public var droppedCount: Int

    init(_ ban: Ban, now: Instant) {
        source = ban.source.description
        reason = ban.reason.rawValue
        secondsLeft = (ban.until - now).components.seconds
        count = ban.count
        droppedCount = ban.droppedCount
    }
}
