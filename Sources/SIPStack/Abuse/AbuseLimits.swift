import Platform

/// What a source of messages may do before it is slowed, held back or banned.
public struct AbuseLimits: Sendable, Equatable {
    /// So many messages a second for long, and so many at once.
    public struct Rate: Sendable, Equatable {
        public var perSecond: Int
        public var burst: Int

        public init(perSecond: Int, burst: Int) {
            self.perSecond = max(1, perSecond)
            self.burst = max(1, burst)
        }
    }

    /// Never slowed, held back or banned. The machine itself is among them unless told otherwise.
    public var allowed: [IPNetwork] = ["127.0.0.0/8", "::1"].compactMap { IPNetwork($0) }
    /// Of a source where nobody has signed in lately.
    public var strangers = Rate(perSecond: 40, burst: 200)
    /// Of one where somebody has: an office behind one address.
    public var familiar = Rate(perSecond: 2000, burst: 4000)
    /// Wrong passwords from a stranger's source within the window, before it is banned.
    public var failures = 10
    /// Names that fail within the window at a familiar source, before it counts as a stranger's:
    /// one phone with a wrong password is one name, however often it tries.
    public var names = 20
    /// Challenges that a stranger's source leaves unanswered within the window, before it is
    /// banned: who looks for numbers answers none.
    public var challenges = 400
    /// Wrong passwords for one name from strangers' sources together, before all of those wait.
    public var failuresOfName = 20
    /// What failures are counted in.
    public var window = Duration.seconds(600)
    /// The first ban; each further one of that source is four times as long, up to the longest.
    public var firstBan = Duration.seconds(60)
    public var longestBan = Duration.seconds(86_400)
    /// How long a source is familiar after somebody has signed in there.
    public var familiarity = Duration.seconds(86_400)
    /// Wrong passwords for one name from one source that make nobody wait.
    public var freeFailures = 3
    /// The pause after the next one; each further one doubles it, up to the longest.
    public var firstPause = Duration.seconds(1)
    public var longestPause = Duration.seconds(60)

    public init() {}

    func allows(_ address: IPAddress) -> Bool {
        allowed.contains { $0.contains(address) }
    }

    /// The ban that follows so many bans.
    func ban(after count: Int) -> Duration {
        min(firstBan * (1 << (2 * min(count, 15))), longestBan)
    }

    /// How long a name is held back after so many failures.
    func pause(after failures: Int, free: Int) -> Duration {
        guard failures > free else { return .zero }
        return min(firstPause * (1 << min(failures - free - 1, 30)), longestPause)
    }
}

/// Who is counted as one: an IPv4 address, or the /64 of an IPv6 address, all of which one machine
/// may take.
public struct SourceKey: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    public init(_ address: IPAddress) {
        high = address.high
        low = address.isIPv4 ? address.low : 0
    }

    /// An IPv4 address has 0 above and never 0 below.
    private var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }
}

extension SourceKey: CustomStringConvertible {
    public var description: String {
        let address = IPAddress(high: high, low: low)
        return isIPv4 ? "\(address)" : "\(address)/64"
    }
}

/// A source that gets no answer for a while.
public struct Ban: Sendable, Equatable {
    public enum Reason: String, Sendable, Codable {
        /// Too many wrong passwords.
        case guessing
        /// Too many requests without any password.
        case scanning
    }

    public var source: SourceKey
    public var reason: Reason
    public var until: Instant
    /// How often it was banned, this time too.
    public var count: Int
    /// Messages that were dropped meanwhile.
    public var droppedCount: Int
}
