import Platform

/// A session description (RFC 8866): what a body of type `application/sdp` says.
///
/// Known lines are typed once, here at the edge; others are kept in order and written again.
public struct SessionDescription: Equatable, Sendable {
    public var origin: SDPOrigin
    /// `s=`; `-` where the sender left it out.
    public var name: String
    public var connection: SDPConnection?
    public var bandwidths: [SDPBandwidth]
    public var attributes: [SDPAttribute]
    public var media: [MediaDescription]
    /// Session lines of other letters (`i u e p t r z k` and unknown ones), in order.
    public var otherLines: [SDPLine]

    public init(
        origin: SDPOrigin, name: String = "-", connection: SDPConnection? = nil,
        bandwidths: [SDPBandwidth] = [], attributes: [SDPAttribute] = [],
        media: [MediaDescription] = [],
        otherLines: [SDPLine] = [SDPLine(letter: UInt8(ascii: "t"), value: "0 0")]
    ) {
        self.origin = origin
        self.name = name
        self.connection = connection
        self.bandwidths = bandwidths
        self.attributes = attributes
        self.media = media
        self.otherLines = otherLines
    }

    /// Reads a description; CRLF and bare LF both end a line.
    public init(parsing bytes: [UInt8], limits: SDPLimits = .standard) throws(SDPError) {
        var reader = SDPReader(bytes: bytes, limits: limits)
        self = try reader.read()
    }

    /// The direction of one m-line: its own attribute, else the session's, else `sendrecv`.
    public func direction(of line: MediaDescription) -> MediaDirection {
        line.direction ?? attributes.direction ?? .sendReceive
    }

    /// True where a line brings a key of its party.
    public var bringsKeys: Bool { media.contains { !$0.cryptoAttributes.isEmpty } }

    /// The `c=` that counts for one m-line: its own first, else the session's.
    public func connection(of line: MediaDescription) -> SDPConnection? {
        line.connections.first ?? connection
    }
}

/// `o=` (RFC 8866 §5.2). Identifier and version are decimal digits of any length, kept as text.
public struct SDPOrigin: Equatable, Sendable {
    public var name: String
    public var identifier: String
    public var version: String
    public var address: SDPConnection

    public init(name: String = "-", identifier: String, version: String, address: SDPConnection) {
        self.name = name
        self.identifier = identifier
        self.version = version
        self.address = address
    }
}

/// `c=`, and the address part of `o=` and `a=rtcp` (RFC 8866 §5.7).
public struct SDPConnection: Hashable, Sendable {
    /// An address, or a name that somebody would have to look up (never done for media here).
    public enum Host: Hashable, Sendable {
        case address(IPAddress)
        case name(String)
    }

    public var host: Host
    /// True where the line said `IP6`; may differ from the host's family only for names.
    public var isIPv6: Bool
    /// Multicast TTL and count as written after the slash.
    public var suffix: String?

    public init(_ address: IPAddress) {
        host = .address(address)
        isIPv6 = !address.isIPv4
        suffix = nil
    }

    public init(host: Host, isIPv6: Bool, suffix: String? = nil) {
        self.host = host
        self.isIPv6 = isIPv6
        self.suffix = suffix
    }

    public var address: IPAddress? {
        if case .address(let address) = host { address } else { nil }
    }
}

/// `b=` (RFC 8866 §5.8): `AS:64`.
public struct SDPBandwidth: Equatable, Sendable {
    public var kind: String
    public var value: UInt64

    public init(kind: String, value: UInt64) {
        self.kind = kind
        self.value = value
    }
}

/// A line whose letter the exchange does not act on.
public struct SDPLine: Equatable, Sendable {
    public var letter: UInt8
    public var value: String

    public init(letter: UInt8, value: String) {
        self.letter = letter
        self.value = value
    }
}

extension [SDPAttribute] {
    /// The first direction attribute.
    var direction: MediaDirection? {
        for case .direction(let direction) in self { return direction }
        return nil
    }
}
