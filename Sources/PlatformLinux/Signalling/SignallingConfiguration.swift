import Platform

/// One address that SIP is taken on.
public struct SignallingListener: Hashable, Sendable {
    public var transport: TransportKind
    /// Where to listen. An unspecified address means every address of that family; IPv6 listeners
    /// take IPv6 only. Port 0 lets the system choose.
    public var address: SocketAddress

    public init(_ transport: TransportKind, _ address: SocketAddress) {
        self.transport = transport
        self.address = address
    }
}

/// What ``LinuxSignalling`` listens on and how much it takes.
public struct SignallingConfiguration: Sendable {
    /// `Flow.listener` is the index in this list.
    public var listeners: [SignallingListener]
    public var limits: SignallingLimits
    /// What TLS listeners present; needed where there is one.
    public var certificates: CertificateStore?
    /// What outgoing TLS connections demand of the other side.
    public var verification: TLSVerification
    /// What those demand that are made to somebody by name, besides that name.
    public var certifiedVerification: TLSVerification
    /// Threads for TCP and TLS. UDP has one of its own.
    public var streamThreadCount: Int

    public init(
        listeners: [SignallingListener], limits: SignallingLimits = .standard,
        certificates: CertificateStore? = nil, verification: TLSVerification = .none,
        certifiedVerification: TLSVerification = .systemAuthorities, streamThreadCount: Int = 1
    ) {
        self.listeners = listeners
        self.limits = limits
        self.certificates = certificates
        self.verification = verification
        self.certifiedVerification = certifiedVerification
        self.streamThreadCount = streamThreadCount
    }
}

/// What an outgoing TLS connection demands of the certificate at the other end.
///
/// The name in it is compared where somebody is asked for by name (``CertificateNames``).
public enum TLSVerification: Hashable, Sendable {
    /// Encrypted, not authenticated: phones present certificates that nobody signed.
    case none
    /// Signed by an authority that the system trusts.
    case systemAuthorities
    /// Signed by an authority of this PEM file.
    case authorities(file: String)
}

/// The limits of the signalling network, and what happens at each.
public struct SignallingLimits: Hashable, Sendable {
    /// Stream connections in all; one more is closed at once. Lowered to half of the open files
    /// that the system allows, so that media and storage always find theirs.
    public var connections = 20_000
    /// Stream connections of one source (an IPv4 address, an IPv6 /64); one more is closed at once.
    /// An office behind one NAT address is one source.
    public var connectionsPerSource = 1000
    /// Bytes that wait for a slow reader before its connection is closed.
    public var unsentBytes = 1 << 20
    /// How long an accepted connection may take for its TLS handshake and its first whole header
    /// section before it is closed.
    public var firstMessageTimeout = Duration.seconds(30)
    /// How long an outgoing connection may take, its TLS handshake included.
    public var connectTimeout = Duration.seconds(8)
    /// How long `close` and `shutdown` wait for unsent bytes.
    public var lingerTimeout = Duration.seconds(3)
    /// Bytes of datagrams that wait where the network card is slower; beyond it they fail.
    public var unsentDatagramBytes = 1 << 20
    /// What each datagram socket asks of the kernel, in each direction: a burst of registrations
    /// after a power cut must fit.
    public var socketBufferSize = 8 << 20
    /// Remote addresses whose route is remembered.
    public var routes = 4096
    /// How long a route is remembered: addresses of the machine come and go.
    public var routeLifetime = Duration.seconds(10)

    public init() {}

    public static var standard: SignallingLimits { SignallingLimits() }
}
