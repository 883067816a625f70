/// The CRC-32 of ISO 3309, as STUN's FINGERPRINT uses it.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        var value = UInt32(index)
        for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
        return value
    }

    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var value = UInt32.max
        for byte in bytes {
            value = table[Int((value ^ UInt32(byte)) & 0xFF)] ^ value >> 8
        }
        return ~value
    }

    /// Of the first bytes of a span.
    static func checksum(_ bytes: Span<UInt8>, count: Int) -> UInt32 {
        var value = UInt32.max
        for index in 0..<count {
            value = table[Int((value ^ UInt32(bytes[index])) & 0xFF)] ^ value >> 8
        }
        return ~value
    }
}
