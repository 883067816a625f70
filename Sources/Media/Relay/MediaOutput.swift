import Platform

/// Names one socket of the relay: a place in the stream table, guarded by a generation, so that
/// whatever comes late for a closed leg finds nobody.
public struct MediaSocket: Hashable, Sendable {
    /// The sockets of a stream: two, and RTP's on an address of the other family, where it has one.
    public enum Kind: UInt8, Hashable, Sendable {
        case rtp, rtcp, alternate
    }

    /// Place in the table, reused after the stream is closed; 31 bits.
    public var slot: UInt32
    /// Counts the uses of the slot; 31 bits.
    public var generation: UInt32
    public var kind: Kind

    public init(slot: UInt32, generation: UInt32, kind: Kind) {
        self.slot = slot
        self.generation = generation
        self.kind = kind
    }

    /// All of it in 64 bits, for the kernel to hand back.
    public var token: UInt64 {
        UInt64(generation) << 33 | UInt64(kind.rawValue) << 31 | UInt64(slot & 0x7FFF_FFFF)
    }

    public init(token: UInt64) {
        slot = UInt32(truncatingIfNeeded: token) & 0x7FFF_FFFF
        generation = UInt32(truncatingIfNeeded: token >> 33)
        kind = Kind(rawValue: UInt8(truncatingIfNeeded: token >> 31) & 3) ?? .rtp
    }
}

/// The outside of a ``MediaCore``: sockets and the owners of legs. Live: the kernel's. Simulated:
/// virtual links. Generic, never existential: it is called for every packet.
public protocol MediaOutput: ~Copyable {
    /// Binds a stream's pair of sockets; nil where no pair of ports is left.
    mutating func open(
        slot: UInt32, generation: UInt32, network: Int, now: Instant
    ) -> LocalStream?
    /// Binds one more for a stream's RTP, on a network of the other family; nil where that can't be.
    mutating func openAlternate(
        slot: UInt32, generation: UInt32, network: Int, now: Instant
    ) -> SocketAddress?
    /// Closes the sockets of a stream; its ports rest.
    mutating func close(slot: UInt32, generation: UInt32, now: Instant)
    /// Gives up a stream's sockets, open, for another loop; nil where there are none.
    mutating func detach(slot: UInt32, generation: UInt32) -> DetachedSockets?
    /// Takes sockets that another loop gave up; false where they can't be watched (they are this
    /// one's all the same, and closed with the slot).
    mutating func attach(
        _ sockets: DetachedSockets, slot: UInt32, generation: UInt32
    ) -> Bool
    /// Sends one packet; false where the kernel refused it. What goes from RTP's socket to the other
    /// family goes from its alternate.
    mutating func send(_ packet: Span<UInt8>, on socket: MediaSocket, to: SocketAddress) -> Bool
    /// Has a handshake made elsewhere.
    mutating func handshake(_ order: HandshakeOrder)
    /// Tells a leg's owner.
    mutating func deliver(_ event: MediaEvent, to sink: any MediaSink)
}

extension MediaOutput where Self: ~Copyable {
    /// There is one family only.
    public mutating func openAlternate(
        slot: UInt32, generation: UInt32, network: Int, now: Instant
    ) -> SocketAddress? { nil }
}
