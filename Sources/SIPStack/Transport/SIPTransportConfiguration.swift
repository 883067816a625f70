import Platform

/// What the stack must know of its place in the network, and its limits.
public struct SIPTransportConfiguration: Sendable {
    /// The address that the other side sees instead of one of ours: what Via names as sent-by.
    public var advertised:
        @Sendable (_ local: SocketAddress, _ remote: SocketAddress) -> SocketAddress = {
            local, _ in local
        }
    /// The port on which each transport listens: a stream that we opened has a port of its own,
    /// where nobody could reach us. Absent: the stream's own port.
    public var listeningPorts: [TransportKind: UInt16] = [:]
    /// What requests are answered with 405 without, and what Allow then says.
    public var methods: [Method] = Method.known
    /// Option tags that a Require may name; others are answered with 420.
    public var supportedExtensions: Set<String> = []
    /// What Server says in responses that the stack makes itself; nil leaves it out.
    public var productName: String?
    public var timing = TransactionTiming()
    public var admission = Admission()
    /// Told by who takes new requests how long they waited there.
    public var load = LoadGauge()
    public var limits = TransactionLimits()
    public var messageLimits = MessageLimits.standard

    public init() {}
}
