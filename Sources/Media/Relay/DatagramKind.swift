/// What shares a media port, told apart by its first byte (RFC 7983 §7).
enum DatagramKind: Equatable, Sendable {
    case stun
    /// Of a handshake (DTLS).
    case handshake
    /// RTP or RTCP, which their second byte tells apart (RFC 5761 §4).
    case packet
    case other

    @inline(__always)
    init(_ datagram: Span<UInt8>) {
        guard datagram.count > 0 else {
            self = .other
            return
        }
        switch datagram[0] {
        case 0...3: self = .stun
        case 20...63: self = .handshake
        case 128...191: self = .packet
        default: self = .other
        }
    }
}
