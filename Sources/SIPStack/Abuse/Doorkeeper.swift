import Platform
import Synchronization

/// Stands at the door: says for each message, before anything is made of it, whether its source may
/// come in.
///
/// A lock and no actor: it is asked on the network's threads for every message, and told by the
/// owners what became of them. Time is an argument; what it decides is ``SourceLedger``'s.
public final class Doorkeeper: Sendable {
    private let limits: AbuseLimits
    private let ledger: Mutex<SourceLedger>

    public init(limits: AbuseLimits, random: any RandomSource) {
        self.limits = limits
        ledger = Mutex(SourceLedger(limits: limits, key: random.bytes(16)))
    }

    /// False: drop the message, unread and unanswered.
    public func admits(_ address: IPAddress, now: Instant) -> Bool {
        limits.allows(address) || ledger.withLock { $0.admits(SourceKey(address), now: now) }
    }

    /// Whether nothing from there is looked at now.
    public func isBanned(_ address: IPAddress, now: Instant) -> Bool {
        !limits.allows(address)
            && ledger.withLock { $0.isBanned(SourceKey(address), now: now) }
    }

    /// A request without credentials was challenged; the ban that follows, if any.
    public func challenged(_ address: IPAddress, now: Instant) -> Ban? {
        guard !limits.allows(address) else { return nil }
        return ledger.withLock { $0.challenged(SourceKey(address), now: now) }
    }

    /// How long credentials for that name from there are not looked at; zero: they are.
    public func pause(for name: String, from address: IPAddress, now: Instant) -> Duration {
        guard !limits.allows(address) else { return .zero }
        return ledger.withLock { $0.pause(for: name, from: SourceKey(address), now: now) }
    }

    /// Credentials were wrong; the ban that follows, if any.
    public func failed(_ name: String, from address: IPAddress, now: Instant) -> Ban? {
        guard !limits.allows(address) else { return nil }
        return ledger.withLock { $0.failed(name, from: SourceKey(address), now: now) }
    }

    /// Somebody signed in from there.
    public func succeeded(_ name: String, from address: IPAddress, now: Instant) {
        guard !limits.allows(address) else { return }
        ledger.withLock { $0.succeeded(name, from: SourceKey(address), now: now) }
    }

    /// The source is known by other means.
    public func vouch(for address: IPAddress, now: Instant) {
        guard !limits.allows(address) else { return }
        ledger.withLock { $0.vouch(for: SourceKey(address), now: now) }
    }

    /// Those that are banned, in the order in which they will be free again.
    public func bans(now: Instant) -> [Ban] { ledger.withLock { $0.bans(now: now) } }

    /// Takes a ban back. False where there is none.
    public func lift(_ address: IPAddress, now: Instant) -> Bool {
        ledger.withLock { $0.lift(SourceKey(address), now: now) }
    }

    /// Names that are remembered for their failures: a figure for metrics.
    public var failedNameCount: Int { ledger.withLock { $0.failedNameCount } }
}
