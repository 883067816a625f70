import Platform

/// What an m-line carries (RFC 8866 §5.14).
public enum MediaKind: Hashable, Sendable {
    case audio, video, image, text, application, message
    case other(String)

    public init(_ text: String) {
        switch text {
        case "audio": self = .audio
        case "video": self = .video
        case "image": self = .image
        case "text": self = .text
        case "application": self = .application
        case "message": self = .message
        default: self = .other(text)
        }
    }

    public var text: String {
        switch self {
        case .audio: "audio"
        case .video: "video"
        case .image: "image"
        case .text: "text"
        case .application: "application"
        case .message: "message"
        case .other(let text): text
        }
    }
}

/// The transport protocol of an m-line, as written: `RTP/AVP`, `udptl` ….
public struct TransportProfile: Sendable {
    public var text: String

    public init(_ text: String) {
        self.text = text
    }

    public static let rtpAVP = TransportProfile("RTP/AVP")
    public static let rtpSAVP = TransportProfile("RTP/SAVP")
    public static let dtlsSAVP = TransportProfile("UDP/TLS/RTP/SAVP")
    /// What browsers speak (RFC 8834 §4.2).
    public static let browser = TransportProfile("UDP/TLS/RTP/SAVPF")
    public static let udptl = TransportProfile("udptl")

    /// `RTP/AVP` or `RTP/AVPF` (RFC 4585): RTP that the relay can pass.
    public var isPlainRTP: Bool { self == .rtpAVP || self == TransportProfile("RTP/AVPF") }
    /// T.38 over UDPTL.
    public var isUDPTL: Bool { self == .udptl }
    /// SRTP, keyed by the description itself (RFC 4568) or by DTLS.
    public var isSecureRTP: Bool {
        text.uppercased().hasSuffix("RTP/SAVP") || text.uppercased().hasSuffix("RTP/SAVPF")
    }
    /// SRTP keyed by DTLS (RFC 5764 §9).
    public var isHandshakeKeyed: Bool {
        self == .dtlsSAVP || self == .browser
    }
    /// SRTP keyed by the description itself.
    public var isDescriptionKeyed: Bool {
        self == .rtpSAVP || self == TransportProfile("RTP/SAVPF")
    }
}

extension TransportProfile: Hashable {
    /// Names differ in case between makers (`UDPTL`, `udptl`); they mean the same.
    public static func == (one: TransportProfile, other: TransportProfile) -> Bool {
        one.text.lowercased() == other.text.lowercased()
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(text.lowercased())
    }
}

/// One `m=` line and what belongs to it.
public struct MediaDescription: Equatable, Sendable {
    public var kind: MediaKind
    /// 0 refuses or ends the stream (RFC 3264 §6, §8.2).
    public var port: UInt16
    /// The count after the slash; 1 where none is written.
    public var portCount: UInt16
    public var profile: TransportProfile
    /// The formats as written: payload types for RTP, `t38` for fax.
    public var formats: [String]
    /// Usually none or one; several only for layered multicast.
    public var connections: [SDPConnection]
    public var bandwidths: [SDPBandwidth]
    public var attributes: [SDPAttribute]
    /// Lines of other letters (`i k` and unknown ones), in order.
    public var otherLines: [SDPLine]

    public init(
        kind: MediaKind, port: UInt16, portCount: UInt16 = 1, profile: TransportProfile,
        formats: [String], connections: [SDPConnection] = [], bandwidths: [SDPBandwidth] = [],
        attributes: [SDPAttribute] = [], otherLines: [SDPLine] = []
    ) {
        self.kind = kind
        self.port = port
        self.portCount = portCount
        self.profile = profile
        self.formats = formats
        self.connections = connections
        self.bandwidths = bandwidths
        self.attributes = attributes
        self.otherLines = otherLines
    }

    public var direction: MediaDirection? { attributes.direction }

    public var packetTime: Duration? {
        for case .packetTime(let duration) in attributes { return duration }
        return nil
    }

    public var maximumPacketTime: Duration? {
        for case .maximumPacketTime(let duration) in attributes { return duration }
        return nil
    }

    /// The keys that it brings, the preferred one first.
    public var cryptoAttributes: [CryptoAttribute] {
        attributes.compactMap { if case .crypto(let crypto) = $0 { crypto } else { nil } }
    }

    public var isRTCPMuxed: Bool { attributes.contains(.rtcpMux) }

    /// Payload formats in the order of the m-line: from `rtpmap`, or the static table of RFC 3551.
    /// Dynamic payload types without an `rtpmap` mean nothing and are left out, as are repeats.
    public var payloadFormats: [PayloadFormat] {
        var result: [PayloadFormat] = []
        for text in formats {
            guard let number = UInt8(text), number < 128,
                !result.contains(where: { $0.payloadType == number }),
                let codec = codec(of: number)
            else { continue }
            result.append(
                PayloadFormat(
                    payloadType: number, codec: codec, parameters: formatParameters(of: number)))
        }
        return result
    }

    private func codec(of number: UInt8) -> Codec? {
        for case .rtpMap(let map) in attributes where map.payloadType == number {
            return map.codec
        }
        return Codec.ofStaticPayloadType(number)
    }

    private func formatParameters(of number: UInt8) -> String? {
        for case .formatParameters(number, let text) in attributes { return text }
        return nil
    }
}
