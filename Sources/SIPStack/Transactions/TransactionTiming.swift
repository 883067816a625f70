/// The intervals of RFC 3261 §17.1.1.1 and Table 4, and what follows from them.
public struct TransactionTiming: Hashable, Sendable {
    /// The round trip to expect.
    public var t1 = Duration.milliseconds(500)
    /// The longest interval between retransmissions of a non-INVITE request and of a response.
    public var t2 = Duration.seconds(4)
    /// How long a message may stay in the network.
    public var t4 = Duration.seconds(5)
    /// How long a peer gets for the stream that an over-long datagram asks for, before the datagram
    /// goes out after all: a phone behind a firewall refuses nothing, it is silent.
    public var streamPatience = Duration.seconds(2)

    public init() {}

    /// 64·T1: timers B, F, H, J, L and M; 32 s.
    public var patience: Duration { t1 * 64 }
    /// Timer D on an unreliable transport (§17.1.1.2).
    public var completedInvite: Duration { max(patience, .seconds(32)) }
    /// How long an owner may think before the stack answers an INVITE with 100 (§17.2.1).
    public var invitePause: Duration { .milliseconds(200) }
    /// The same for any other request: the time after which the peer's timer E has come to T2
    /// (RFC 4320 §4.1); 3.5 s.
    public var nonInvitePause: Duration {
        var interval = t1
        var total = t1
        while interval * 2 < t2 {
            interval = interval * 2
            total += interval
        }
        return total
    }
}

/// The bounds of the transaction tables, for each shard.
public struct TransactionLimits: Hashable, Sendable {
    /// Beyond it requests are answered with 503, statelessly. 20,000 are 600 requests a second
    /// that all stay for 32 s.
    public var serverTransactions = 20_000
    /// Beyond it `send` fails as overloaded.
    public var clientTransactions = 20_000
    /// Beyond it a registration is dropped, and the dialog's requests get 481: two for each leg.
    public var dialogs = 40_000
    /// What Retry-After says with that 503.
    public var retryAfter = Duration.seconds(5)
    /// Addresses remembered as deaf to streams; beyond it they are forgotten.
    public var deafAddresses = 1024
    /// How long an address counts as deaf to streams.
    public var deafLifetime = Duration.seconds(600)

    public init() {}
}
