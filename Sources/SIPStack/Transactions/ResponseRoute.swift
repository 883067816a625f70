import Platform

/// Where the responses to a request go (RFC 3261 §18.2.2, RFC 3581 §4).
struct ResponseRoute: Sendable, Equatable {
    var flow: Flow
    /// Where a stream can be made when the flow is a stream that was closed: the address that the
    /// request came from, the port that its Via names. Nil for datagrams and WebSocket, whose
    /// clients cannot be reached.
    var returnTarget: StreamTarget?

    /// A Via's `maddr` is not obeyed: it would aim our answers at anybody.
    init(to via: Via?, on flow: Flow) {
        self.flow = flow
        let port = via?.port ?? flow.transport.defaultPort
        switch flow.transport {
        case .udp:
            if let via, via.rport == .absent { self.flow.remote.port = port }
        case .tcp, .tls:
            returnTarget = StreamTarget(
                transport: flow.transport,
                remote: SocketAddress(address: flow.remote.address, port: port))
        case .ws, .wss:
            break
        }
    }
}

extension Via {
    /// What the receiver adds (RFC 3261 §18.2.1, RFC 3581 §4): where the request really came from.
    mutating func fill(from source: SocketAddress) {
        // The sender's own claims are not to be trusted.
        received = nil
        switch rport {
        case .absent: break
        case .requested, .port:
            rport = .port(source.port)
            received = source.address
        }
        if host != .ip(source.address) { received = source.address }
    }
}
