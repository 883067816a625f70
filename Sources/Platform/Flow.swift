/// How SIP bytes travel (RFC 3261 §18, RFC 7118 for WebSocket).
public enum TransportKind: String, Hashable, Sendable, CaseIterable, Codable {
    case udp, tcp, tls, ws, wss

    /// True where a lost message is resent by the transport, not by us.
    public var isReliable: Bool { self != .udp }

    /// True where bytes arrive as whole messages: a datagram, a WebSocket message.
    public var isMessageFramed: Bool { self == .udp || self == .ws || self == .wss }

    /// True where the bytes are encrypted on the wire.
    public var isSecure: Bool { self == .tls || self == .wss }

    /// 5061 where encrypted, else 5060 (RFC 3261 §19.1.2); 80 and 443 for WebSocket.
    public var defaultPort: UInt16 {
        switch self {
        case .udp, .tcp: 5060
        case .tls: 5061
        case .ws: 80
        case .wss: 443
        }
    }
}

/// A socket pair or connection that a message came by and that an answer can go by.
///
/// A value: it names the way, it does not hold it open. Two datagrams from one address to one
/// listener have equal flows; every stream connection has a flow of its own.
public struct Flow: Hashable, Sendable, Codable {
    public var transport: TransportKind
    /// Which listener or outgoing socket: the index in the order of configuration.
    public var listener: UInt16
    /// Our end. Never unspecified: a wildcard listener reports the address that was hit.
    public var local: SocketAddress
    public var remote: SocketAddress
    /// Distinguishes stream connections for as long as the process lives; 0 for UDP.
    public var connection: UInt64

    public init(
        transport: TransportKind, listener: UInt16, local: SocketAddress, remote: SocketAddress,
        connection: UInt64
    ) {
        self.transport = transport
        self.listener = listener
        self.local = local
        self.remote = remote
        self.connection = connection
    }
}

extension Flow: CustomStringConvertible {
    public var description: String { "\(transport.rawValue):\(local)<-\(remote)" }
}
