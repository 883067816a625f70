import Platform

/// Names one leg's media for the life of the process; drawn by the exchange, never reused.
public struct MediaLegID: Hashable, Sendable {
    public var number: UInt64

    public init(number: UInt64) {
        self.number = number
    }
}

/// What the exchange holds of the media plane. Live: one epoll thread per core
/// (`PlatformLinux.MediaLoops`). Simulated: the same ``MediaCore`` on the simulator's thread.
public protocol MediaPlane: Sendable {
    /// Posts a command; never blocks. Commands of one leg are carried out in the order of posting.
    func post(_ command: MediaCommand)
}

/// Takes what the media plane tells: posts, never blocks, from any thread.
public protocol MediaSink: AnyObject, Sendable {
    func post(_ event: MediaEvent)
}

/// What a leg needs before it has a remote party.
public struct MediaLegSetup: Equatable, Sendable {
    /// The most streams a leg may have: audio, video and two to spare.
    public static var maximumStreamCount: Int { 4 }

    /// Index into ``MediaConfiguration/networks``: which address the sockets are bound to.
    public var network: Int
    /// Another, of the other family: whose party finds its way by checks (ICE) may take that instead.
    public var alternateNetwork: Int?
    /// 1…``maximumStreamCount`` pairs of ports.
    public var streamCount: Int
    /// Legs with equal keys live on one loop; only those can be bridged.
    public var callKey: UInt64

    public init(
        network: Int = 0, alternateNetwork: Int? = nil, streamCount: Int = 1, callKey: UInt64
    ) {
        self.network = network
        self.alternateNetwork = alternateNetwork
        self.streamCount = streamCount
        self.callKey = callKey
    }
}

/// One address that media sockets are bound to.
public struct MediaNetwork: Equatable, Sendable {
    /// May be unspecified (`0.0.0.0`, `::`); then `advertised` must not be.
    public var bind: IPAddress
    /// What SDP says.
    public var advertised: IPAddress

    public init(bind: IPAddress, advertised: IPAddress? = nil) {
        self.bind = bind
        self.advertised = advertised ?? bind
    }
}

/// How a media plane is set up.
public struct MediaConfiguration: Equatable, Sendable {
    public var networks: [MediaNetwork]
    /// RTP takes the even ports, RTCP the odd one above each.
    public var ports: ClosedRange<UInt16>
    /// How long a freed port rests, so that late packets of the old call reach nobody.
    public var restingTime: Duration
    /// Without a packet for so long, a stream that should be sending is reported silent.
    public var silenceTimeout: Duration

    public init(
        networks: [MediaNetwork], ports: ClosedRange<UInt16> = 20_000...29_999,
        restingTime: Duration = .seconds(10), silenceTimeout: Duration = .seconds(10)
    ) {
        self.networks = networks
        self.ports = ports
        self.restingTime = restingTime
        self.silenceTimeout = silenceTimeout
    }
}

/// Our two addresses of one stream, as SDP shall say them.
public struct LocalStream: Hashable, Sendable {
    public var rtp: SocketAddress
    public var rtcp: SocketAddress
    /// RTP's of the other family, where there is one: for those alone who find their way by checks.
    public var alternate: SocketAddress?

    public init(rtp: SocketAddress, rtcp: SocketAddress, alternate: SocketAddress? = nil) {
        self.rtp = rtp
        self.rtcp = rtcp
        self.alternate = alternate
    }
}
