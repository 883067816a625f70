/// SipHash-2-4: 64 bits that nobody can foresee without the key, for a tenth of what a keyed SHA-256
/// takes (Aumasson and Bernstein, "SipHash: a fast short-input PRF").
///
/// For tags and the like, which must not be guessed while they live; nothing is signed with it.
public struct SipHash: Sendable {
    private let low: UInt64
    private let high: UInt64

    /// - Parameter key: 16 bytes; what is missing counts as zeros, what is more is left out.
    public init(key: [UInt8]) {
        low = Self.word(key.prefix(8))
        high = Self.word(key.dropFirst(8).prefix(8))
    }

    public func hash(_ bytes: [UInt8]) -> UInt64 {
        var lanes = SIMD4<UInt64>(
            low ^ 0x736F_6D65_7073_6575, high ^ 0x646F_7261_6E64_6F6D,
            low ^ 0x6C79_6765_6E65_7261, high ^ 0x7465_6462_7974_6573)
        var start = 0
        while start + 8 <= bytes.count {
            Self.absorb(Self.word(bytes[start..<start + 8]), into: &lanes)
            start += 8
        }
        let last = Self.word(bytes[start...]) | UInt64(bytes.count & 255) << 56
        Self.absorb(last, into: &lanes)
        lanes.z ^= 0xFF
        for _ in 0..<4 { Self.round(&lanes) }
        return lanes.x ^ lanes.y ^ lanes.z ^ lanes.w
    }

    private static func absorb(_ word: UInt64, into lanes: inout SIMD4<UInt64>) {
        lanes.w ^= word
        round(&lanes)
        round(&lanes)
        lanes.x ^= word
    }

    private static func round(_ lanes: inout SIMD4<UInt64>) {
        lanes.x &+= lanes.y
        lanes.y = rotated(lanes.y, by: 13) ^ lanes.x
        lanes.x = rotated(lanes.x, by: 32)
        lanes.z &+= lanes.w
        lanes.w = rotated(lanes.w, by: 16) ^ lanes.z
        lanes.x &+= lanes.w
        lanes.w = rotated(lanes.w, by: 21) ^ lanes.x
        lanes.z &+= lanes.y
        lanes.y = rotated(lanes.y, by: 17) ^ lanes.z
        lanes.z = rotated(lanes.z, by: 32)
    }

    private static func rotated(_ word: UInt64, by count: UInt64) -> UInt64 {
        word << count | word >> (64 - count)
    }

    /// Up to eight bytes, the first one lowest.
    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
