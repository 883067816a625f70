import Platform

/// Which way media flows, seen from the party whose description it stands in (RFC 3264 §5.1).
public enum MediaDirection: String, Hashable, Sendable, CaseIterable {
    case sendReceive = "sendrecv"
    case sendOnly = "sendonly"
    case receiveOnly = "recvonly"
    case inactive

    public init(sends: Bool, receives: Bool) {
        switch (sends, receives) {
        case (true, true): self = .sendReceive
        case (true, false): self = .sendOnly
        case (false, true): self = .receiveOnly
        case (false, false): self = .inactive
        }
    }

    public var sends: Bool { self == .sendReceive || self == .sendOnly }
    public var receives: Bool { self == .sendReceive || self == .receiveOnly }

    /// The same stream as the other party sees it.
    public var reversed: MediaDirection { MediaDirection(sends: receives, receives: sends) }

    /// What both allow, both seen from the same party.
    public func intersection(_ other: MediaDirection) -> MediaDirection {
        MediaDirection(sends: sends && other.sends, receives: receives && other.receives)
    }
}

/// What `a=rtpmap` binds to a payload type (RFC 8866 §6.6).
public struct RTPMap: Hashable, Sendable {
    public var payloadType: UInt8
    public var codec: Codec

    public init(payloadType: UInt8, codec: Codec) {
        self.payloadType = payloadType
        self.codec = codec
    }
}

/// One `a=` line: typed where the exchange acts on it, else its raw text.
///
/// A known attribute whose value its grammar does not allow is kept as `.other`: phones send
/// such lines, and none of them is a reason to lose a call.
public enum SDPAttribute: Hashable, Sendable {
    case rtpMap(RTPMap)
    /// `a=fmtp:` payload type and the raw parameters.
    case formatParameters(payloadType: UInt8, String)
    /// `a=ptime:` and `a=maxptime:` in whole milliseconds.
    case packetTime(Duration)
    case maximumPacketTime(Duration)
    case direction(MediaDirection)
    /// `a=rtcp:` port and, where given, the address (RFC 3605).
    case rtcp(port: UInt16, SDPConnection?)
    /// `a=rtcp-mux` (RFC 5761).
    case rtcpMux
    /// `a=crypto:` with a key that we can use (RFC 4568).
    case crypto(CryptoAttribute)
    /// `a=fingerprint:` (RFC 8122) and `a=setup:` (RFC 4145), of DTLS.
    case fingerprint(CertificateFingerprint)
    case setup(HandshakeRole)
    /// Anything else, among it ICE candidates and `ssrc`; never forwarded to another leg.
    case other(name: String, value: String?)

    /// The attribute's name as on the wire.
    public var name: String {
        switch self {
        case .rtpMap: "rtpmap"
        case .formatParameters: "fmtp"
        case .packetTime: "ptime"
        case .maximumPacketTime: "maxptime"
        case .direction(let direction): direction.rawValue
        case .rtcp: "rtcp"
        case .rtcpMux: "rtcp-mux"
        case .crypto: "crypto"
        case .fingerprint: "fingerprint"
        case .setup: "setup"
        case .other(let name, _): name
        }
    }
}
