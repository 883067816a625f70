/// What the signalling network tells its owner.
public enum NetworkEvent: Sendable {
    /// A datagram or WebSocket message, or the next bytes of a stream, in order.
    case received([UInt8], on: Flow, at: Instant)
    /// A stream was accepted, or one that we asked for is up (`attempt` is then ours).
    case opened(Flow, attempt: ConnectionAttempt?)
    /// A stream that we asked for could not be made.
    case refused(ConnectionAttempt, reason: String)
    /// A stream is gone; nothing more comes from it.
    case closed(Flow)
    /// Bytes given to `send` did not leave, and never will (ICMP error, full queue).
    case sendFailed(Flow, reason: String)
}

/// Names one `connect` until `opened` or `refused` answers it.
public struct ConnectionAttempt: Hashable, Sendable {
    public var number: UInt64

    public init(number: UInt64) {
        self.number = number
    }
}

/// Takes the network's events: in order per flow, from any thread, without blocking.
public protocol NetworkSink: AnyObject, Sendable {
    func receive(_ event: NetworkEvent)
    /// Asked for each datagram, and for each stream that is accepted, before anything is made of
    /// it. False: it is dropped. From the network's threads, without blocking.
    func admits(_ remote: IPAddress, at now: Instant) -> Bool
}

extension NetworkSink {
    /// Everything.
    public func admits(_ remote: IPAddress, at now: Instant) -> Bool { true }
}

/// The signalling network: datagrams and streams that carry SIP.
///
/// Live: epoll for UDP, SwiftNIO for TCP and TLS. Simulated: virtual links with latency and loss.
public protocol SignallingNetwork: Sendable {
    /// Sends one message, or stream bytes, by a flow. Never blocks. A failure comes as an event.
    func send(_ bytes: [UInt8], on flow: Flow)
    /// Opens a stream; `opened` or `refused` follows.
    ///
    /// - Parameter name: a host name or address for which the other side must have a certificate
    ///   (RFC 5922); nil: encrypted, but with anybody. Of TLS alone.
    func connect(
        _ attempt: ConnectionAttempt, transport: TransportKind, to remote: SocketAddress,
        certifiedFor name: String?)
    /// Closes a stream after what was sent; `closed` follows.
    func close(_ flow: Flow)
    /// The flow on which a datagram to that address would leave; nil where no listener reaches it.
    func datagramFlow(to remote: SocketAddress) -> Flow?
}

extension SignallingNetwork {
    /// The same, to anybody who is there.
    public func connect(
        _ attempt: ConnectionAttempt, transport: TransportKind, to remote: SocketAddress
    ) {
        connect(attempt, transport: transport, to: remote, certifiedFor: nil)
    }
}
