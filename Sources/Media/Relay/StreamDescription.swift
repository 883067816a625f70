import Platform

/// What the relay must know about one stream of one leg; made by ``MediaNegotiation``.
public struct StreamDescription: Equatable, Sendable {
    /// How packets are told apart.
    public enum Transport: Hashable, Sendable {
        /// Refused or not yet negotiated: everything is dropped.
        case none
        case rtp
        /// T.38: relayed as it is, without RTCP.
        case udptl
    }

    public var transport: Transport
    /// Where to send before the latch: what SDP said; nil where it gave no usable address.
    public var remoteRTP: SocketAddress?
    public var remoteRTCP: SocketAddress?
    /// Addresses, any port, that may latch: those of SDP and of the signalling flow.
    public var trustedSources: [IPAddress]
    /// RTCP shares the RTP port (RFC 5761).
    public var isMuxed: Bool
    /// Whether packets to and from the remote party are relayed: false while held.
    public var remoteReceives: Bool
    public var remoteSends: Bool
    /// Payload types under which this leg's remote party sends telephone events.
    public var telephoneEvents: [TelephoneEventFormat]
    /// How we can talk with it ourselves, where packets can't just be relayed.
    public var sound: SoundDescription
    /// What packets are encrypted with, both ways; nil where they are in the clear.
    public var keys: SRTPKeyPair?
    /// The handshake that keys come of, where they don't stand in the description.
    public var handshake: HandshakeTerms?
    /// How the party proves its checks, where they say where it is; then no address above counts.
    public var ice: ICETerms?
    /// The party wants to be told how it sounds (RFC 3611), where we are who hears it.
    public var wantsVoiceReports: Bool

    public init(
        transport: Transport = .none, remoteRTP: SocketAddress? = nil,
        remoteRTCP: SocketAddress? = nil, trustedSources: [IPAddress] = [], isMuxed: Bool = false,
        remoteReceives: Bool = true, remoteSends: Bool = true,
        telephoneEvents: [TelephoneEventFormat] = [], sound: SoundDescription = .none,
        keys: SRTPKeyPair? = nil, handshake: HandshakeTerms? = nil, ice: ICETerms? = nil,
        wantsVoiceReports: Bool = false
    ) {
        self.transport = transport
        self.remoteRTP = remoteRTP
        self.remoteRTCP = remoteRTCP
        self.trustedSources = trustedSources
        self.isMuxed = isMuxed
        self.remoteReceives = remoteReceives
        self.remoteSends = remoteSends
        self.telephoneEvents = telephoneEvents
        self.sound = sound
        self.keys = keys
        self.handshake = handshake
        self.ice = ice
        self.wantsVoiceReports = wantsVoiceReports
    }
}

/// A payload type that carries telephone events, and its clock rate.
public struct TelephoneEventFormat: Hashable, Sendable {
    public var payloadType: UInt8
    public var clockRate: UInt32

    public init(payloadType: UInt8, clockRate: UInt32) {
        self.payloadType = payloadType
        self.clockRate = clockRate
    }
}

/// How payload types of one leg are called on the other, one direction of one stream.
public struct PayloadMap: Equatable, Sendable {
    /// One payload type as received and as sent on.
    public struct Pair: Hashable, Sendable {
        public var received: UInt8
        public var sent: UInt8

        public init(received: UInt8, sent: UInt8) {
            self.received = received
            self.sent = sent
        }
    }

    /// What is not named here is not relayed: it is decoded and encoded anew where both sides'
    /// ``StreamDescription/sound`` allow that, else dropped.
    public var pairs: [Pair]

    public init(_ pairs: [Pair] = []) {
        self.pairs = pairs
    }
}

/// The payload maps between two bridged legs, both ways, per stream.
public struct MediaBridge: Equatable, Sendable {
    /// One stream that both legs have.
    public struct Stream: Equatable, Sendable {
        public var number: Int
        /// From the leg named first in `bridge` to the second, and back. Not used for UDPTL.
        public var forward: PayloadMap
        public var backward: PayloadMap

        public init(number: Int, forward: PayloadMap, backward: PayloadMap) {
            self.number = number
            self.forward = forward
            self.backward = backward
        }
    }

    public var streams: [Stream]

    public init(streams: [Stream]) {
        self.streams = streams
    }
}
