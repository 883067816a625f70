/// The fixed header of an RTP packet, and where its payload lies (RFC 3550 §5.1, §5.3.1).
public struct RTPHeader: Equatable, Sendable {
    /// Without contributing sources.
    public static var minimumLength: Int { 12 }

    public var payloadType: UInt8
    public var hasMarker: Bool
    public var sequenceNumber: UInt16
    public var timestamp: UInt32
    public var ssrc: UInt32
    /// In bytes from the start of the packet; padding, extension and sources left out.
    public var payload: Range<Int>

    /// Reads a header; nil where the bytes are no RTP packet of version 2 or contradict themselves.
    @inline(__always)
    public init?(_ packet: Span<UInt8>) {
        guard packet.count >= Self.minimumLength, packet[0] & 0xC0 == 0x80 else { return nil }
        var start = Self.minimumLength + 4 * Int(packet[0] & 0x0F)
        if packet[0] & 0x10 != 0 {
            guard start + 4 <= packet.count else { return nil }
            start += 4 + 4 * (Int(packet[start + 2]) << 8 | Int(packet[start + 3]))
        }
        var end = packet.count
        guard start <= end else { return nil }
        if packet[0] & 0x20 != 0 {
            let padding = Int(packet[end - 1])
            guard padding > 0, start + padding <= end else { return nil }
            end -= padding
        }
        payloadType = packet[1] & 0x7F
        hasMarker = packet[1] & 0x80 != 0
        sequenceNumber = UInt16(packet[2]) << 8 | UInt16(packet[3])
        timestamp = packet.bigEndian32(at: 4)
        ssrc = packet.bigEndian32(at: 8)
        payload = start..<end
    }
}

/// One packet of a compound RTCP packet (RFC 3550 §6.4).
public struct RTCPHeader: Equatable, Sendable {
    /// 200 sender report, 201 receiver report, 202 SDES, 203 BYE, 204 APP, 205 and 206 feedback.
    public var packetType: UInt8
    /// Report count, source count or feedback format.
    public var count: UInt8
    /// In bytes, header included.
    public var length: Int
    /// The sender's SSRC; nil in a packet without one (an empty SDES or BYE).
    public var ssrc: UInt32?

    /// Reads the packet at an offset of a compound; nil where the bytes are none.
    public init?(_ compound: Span<UInt8>, at offset: Int = 0) {
        guard offset >= 0, compound.count - 4 >= offset, compound[offset] & 0xC0 == 0x80,
            (192...223).contains(compound[offset + 1])
        else { return nil }
        let words = Int(compound[offset + 2]) << 8 | Int(compound[offset + 3])
        length = 4 + 4 * words
        guard offset + length <= compound.count else { return nil }
        packetType = compound[offset + 1]
        count = compound[offset] & 0x1F
        ssrc = words > 0 ? compound.bigEndian32(at: offset + 4) : nil
    }

    /// True where the bytes are a whole compound: packets end to end, nothing left over.
    public static func isCompound(_ bytes: Span<UInt8>) -> Bool {
        var offset = 0
        repeat {
            guard let packet = RTCPHeader(bytes, at: offset) else { return false }
            offset += packet.length
        } while offset < bytes.count
        return true
    }

    /// Tells RTCP from RTP on one port (RFC 5761 §4): the second byte is 192…223.
    @inline(__always)
    public static func isControl(_ packet: Span<UInt8>) -> Bool {
        packet.count >= 2 && packet[0] & 0xC0 == 0x80 && packet[1] >= 192 && packet[1] <= 223
    }
}

extension Span<UInt8> {
    /// Four bytes, the most significant first; the caller has checked the length.
    @inline(__always)
    func bigEndian32(at offset: Int) -> UInt32 {
        UInt32(self[offset]) << 24 | UInt32(self[offset + 1]) << 16
            | UInt32(self[offset + 2]) << 8 | UInt32(self[offset + 3])
    }
}
