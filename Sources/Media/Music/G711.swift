/// The two laws of G.711, encoding only: 16-bit samples to octets.
public enum G711 {
    public enum Law: Hashable, Sendable {
        case a, mu
    }

    /// A sample as an octet of A-law, even bits inverted (ITU-T G.711 §3).
    public static func aLaw(_ sample: Int16) -> UInt8 {
        // Twelve bits of magnitude are coded; a negative one counts from -1.
        let isPositive = sample >= 0
        let magnitude = Int(isPositive ? sample : ~sample) >> 3
        var octet: Int
        if magnitude < 32 {
            octet = magnitude >> 1
        } else {
            let segment = Int.bitWidth - magnitude.leadingZeroBitCount - 5
            octet = segment << 4 | (magnitude >> segment) & 0x0F
        }
        octet |= isPositive ? 0x80 : 0
        return UInt8(truncatingIfNeeded: octet) ^ 0x55
    }

    /// A sample as an octet of μ-law, all bits inverted.
    public static func muLaw(_ sample: Int16) -> UInt8 {
        let bias = 33
        let isPositive = sample >= 0
        let magnitude = min(Int(isPositive ? sample : ~sample) >> 2 + bias, 0x1FFF)
        let segment = Int.bitWidth - magnitude.leadingZeroBitCount - 6
        let octet = segment << 4 | (magnitude >> (segment + 1)) & 0x0F
        return ~UInt8(truncatingIfNeeded: octet | (isPositive ? 0 : 0x80))
    }
}
