/// Room for one packet while it is sealed or opened.
final class PacketRoom {
    /// The largest packet that is relayed: a jumbo frame.
    private static var packetLimit: Int { 9_216 }
    /// What sealing adds at most: a tag, and RTCP's index.
    static var growth: Int { 20 }

    let bytes: UnsafeMutableBufferPointer<UInt8>
    let start: UnsafeMutablePointer<UInt8>

    init() {
        start = .allocate(capacity: Self.packetLimit + Self.growth)
        bytes = UnsafeMutableBufferPointer(start: start, count: Self.packetLimit + Self.growth)
        bytes.initialize(repeating: 0)
    }

    deinit { bytes.deallocate() }

    /// Takes a packet in; false where it is too large.
    func fill(_ packet: Span<UInt8>) -> Bool {
        guard packet.count <= Self.packetLimit else { return false }
        packet.withUnsafeBufferPointer { packet in
            guard let source = packet.baseAddress else { return }
            start.update(from: source, count: packet.count)
        }
        return true
    }

    /// Its first bytes.
    func prefix(_ count: Int) -> UnsafeMutableBufferPointer<UInt8> {
        UnsafeMutableBufferPointer(rebasing: bytes[..<count])
    }

    /// Four bytes, the most significant first.
    func word(at offset: Int) -> UInt32 {
        UInt32(start[offset]) << 24 | UInt32(start[offset + 1]) << 16
            | UInt32(start[offset + 2]) << 8 | UInt32(start[offset + 3])
    }

    func write(_ word: UInt32, at offset: Int) {
        for byte in 0..<4 {
            start[offset + byte] = UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * byte))
        }
    }

    /// Where an RTP packet's payload begins, padding not looked at: it is encrypted; nil where the bytes
    /// are none.
    func mediaHeaderLength(_ count: Int) -> Int? {
        guard count >= RTPHeader.minimumLength, start[0] & 0xC0 == 0x80 else { return nil }
        var length = RTPHeader.minimumLength + 4 * Int(start[0] & 0x0F)
        if start[0] & 0x10 != 0 {
            guard length + 4 <= count else { return nil }
            length += 4 + 4 * (Int(start[length + 2]) << 8 | Int(start[length + 3]))
        }
        return length <= count ? length : nil
    }
}
