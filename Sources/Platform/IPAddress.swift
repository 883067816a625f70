/// An IPv4 or IPv6 address, held as the 128 bits of its IPv6 form.
///
/// An IPv4 address is kept as `::ffff:a.b.c.d`, so that one socket kind, one comparison and one
/// hash serve both.
public struct IPAddress: Hashable, Sendable {
    /// The upper and the lower 64 bits, in host order.
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// An IPv4 address from its 32 bits in host order (`127.0.0.1` is `0x7F00_0001`).
    public init(v4 bits: UInt32) {
        high = 0
        low = 0x0000_FFFF_0000_0000 | UInt64(bits)
    }

    public var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// The 32 bits in host order, where this is an IPv4 address.
    public var v4: UInt32? { isIPv4 ? UInt32(truncatingIfNeeded: low) : nil }

    /// `0.0.0.0` or `::`.
    public var isUnspecified: Bool { isIPv4 ? v4 == 0 : high == 0 && low == 0 }

    public var isLoopback: Bool {
        if let v4 { return v4 >> 24 == 127 }
        return high == 0 && low == 1
    }

    /// `224.0.0.0/4` or `ff00::/8`.
    public var isMulticast: Bool {
        if let v4 { return v4 >> 28 == 0xE }
        return high >> 56 == 0xFF
    }

    /// No address of the Internet: of a household or an office (RFC 1918, RFC 4193), behind a provider's
    /// translation (RFC 6598), or of one link.
    public var isPrivate: Bool {
        if let v4 {
            return v4 >> 24 == 10 || v4 >> 20 == 0xAC1 || v4 >> 16 == 0xC0A8
                || v4 >> 22 == 0x6440 >> 6 || v4 >> 16 == 0xA9FE
        }
        return high >> 57 == 0xFC >> 1 || high >> 54 == 0xFE80 >> 6
    }

    public static let anyV4 = IPAddress(v4: 0)
    public static let anyV6 = IPAddress(high: 0, low: 0)
    public static let loopbackV4 = IPAddress(v4: 0x7F00_0001)
    public static let loopbackV6 = IPAddress(high: 0, low: 1)
}

extension IPAddress: CustomStringConvertible {
    /// The usual text form; IPv6 as RFC 5952 says, without brackets.
    public var description: String {
        if let v4 {
            return Self.dotted(v4)
        }
        let groups = (0..<8).map { index -> UInt16 in
            let half = index < 4 ? high : low
            return UInt16(truncatingIfNeeded: half >> UInt64(48 - 16 * (index & 3)))
        }
        guard let gap = Self.longestZeroRun(groups) else {
            return groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        let before = groups[..<gap.lowerBound].map { String($0, radix: 16) }
        let after = groups[gap.upperBound...].map { String($0, radix: 16) }
        return before.joined(separator: ":") + "::" + after.joined(separator: ":")
    }

    /// `a.b.c.d`: at most 15 bytes, which a string holds without memory of its own.
    private static func dotted(_ bits: UInt32) -> String {
        String(unsafeUninitializedCapacity: 15) { buffer in
            var count = 0
            for shift: UInt32 in [24, 16, 8, 0] {
                let part = UInt8(truncatingIfNeeded: bits >> shift)
                if part >= 100 {
                    buffer[count] = 48 + part / 100
                    count += 1
                }
                if part >= 10 {
                    buffer[count] = 48 + part / 10 % 10
                    count += 1
                }
                buffer[count] = 48 + part % 10
                count += 1
                guard shift > 0 else { break }
                buffer[count] = 46
                count += 1
            }
            return count
        }
    }

    /// The longest run of two or more zero groups; the first of equals (RFC 5952 §4.2.3).
    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var index = 0
        while index < groups.count {
            guard groups[index] == 0 else {
                index += 1
                continue
            }
            var end = index
            while end < groups.count && groups[end] == 0 { end += 1 }
            if end - index >= 2 && end - index > (best?.count ?? 0) { best = index..<end }
            index = end
        }
        return best
    }
}

extension IPAddress: LosslessStringConvertible {
    /// Reads `a.b.c.d` or an IPv6 address (without brackets or zone); nil for anything else.
    public init?(_ text: String) {
        self.init(utf8: text.utf8)
    }

    /// The same from bytes.
    @inlinable
    public init?(utf8 text: some Collection<UInt8>) {
        let parsed = text.withContiguousStorageIfAvailable { Self.parse($0) }
        guard let address = parsed ?? Array(text).withUnsafeBufferPointer(Self.parse) else {
            return nil
        }
        self = address
    }

    @usableFromInline static func parse(_ text: UnsafeBufferPointer<UInt8>) -> IPAddress? {
        if let bits = parseV4(text) { return IPAddress(v4: bits) }
        return text.contains(UInt8(ascii: ":")) ? parseV6(Array(text)[...]) : nil
    }

    private static func parseV4(_ text: some Sequence<UInt8>) -> UInt32? {
        var bits: UInt32 = 0
        var dotCount = 0
        var value: UInt32 = 0
        var digitCount = 0
        for byte in text {
            if byte.isDigit, digitCount < 3 {
                value = value * 10 + UInt32(byte - 48)
                digitCount += 1
            } else if byte == 46, digitCount > 0, value <= 255, dotCount < 3 {
                bits = bits << 8 | value
                dotCount += 1
                value = 0
                digitCount = 0
            } else {
                return nil
            }
        }
        guard dotCount == 3, digitCount > 0, value <= 255 else { return nil }
        return bits << 8 | value
    }

    private static func parseV6(_ text: ArraySlice<UInt8>) -> IPAddress? {
        guard text.count <= 45 else { return nil }
        var head: [UInt16] = []
        var tail: [UInt16] = []
        var hasGap = false
        var index = text.startIndex
        if text.starts(with: [58, 58]) {
            hasGap = true
            index += 2
        }
        while index < text.endIndex {
            let end = text[index...].firstIndex(of: 58) ?? text.endIndex
            let part = text[index..<end]
            var groups: [UInt16] = []
            if part.contains(UInt8(ascii: ".")) {
                guard end == text.endIndex, let bits = parseV4(part) else { return nil }
                groups = [UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits)]
            } else {
                guard let group = parseGroup(part) else { return nil }
                groups = [group]
            }
            if hasGap { tail += groups } else { head += groups }
            guard end < text.endIndex else { break }
            index = end + 1
            guard index < text.endIndex else { return nil }
            if text[index] == 58 {
                guard !hasGap else { return nil }
                hasGap = true
                index += 1
            }
        }
        let missing = 8 - head.count - tail.count
        guard hasGap ? missing >= 1 : missing == 0 else { return nil }
        let groups = head + [UInt16](repeating: 0, count: missing) + tail
        let high = groups[..<4].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        let low = groups[4...].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        return IPAddress(high: high, low: low)
    }

    private static func parseGroup(_ part: ArraySlice<UInt8>) -> UInt16? {
        guard (1...4).contains(part.count) else { return nil }
        var value: UInt16 = 0
        for byte in part {
            let digit: UInt8
            switch byte {
            case 48...57: digit = byte - 48
            case 65...70: digit = byte - 55
            case 97...102: digit = byte - 87
            default: return nil
            }
            value = value << 4 | UInt16(digit)
        }
        return value
    }
}

/// A block of addresses: `10.0.0.0/8`, `fd00::/8`.
public struct IPNetwork: Hashable, Sendable, LosslessStringConvertible {
    public let address: IPAddress
    /// Bits that count, of 128 (an IPv4 prefix of 8 is 104 here).
    public let prefixLength: Int

    /// Reads `address/length`, or a lone address as a block of one.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ IPAddress(String($0)) }) else { return nil }
        let width = address.isIPv4 ? 32 : 128
        var length = width
        if parts.count == 2 {
            // `Int` alone would read a sign.
            guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy(\.isDigit),
                let given = Int(parts[1]), given <= width
            else { return nil }
            length = given
        } else if parts.count > 2 {
            return nil
        }
        self.address = address
        prefixLength = length + 128 - width
    }

    /// An IPv6 block holds no IPv4 address, not even `::/0`: they are reached by other sockets.
    public func contains(_ other: IPAddress) -> Bool {
        guard address.isIPv4 == other.isIPv4 else { return false }
        let highBits = min(prefixLength, 64)
        let lowBits = prefixLength - highBits
        let highMask: UInt64 = highBits == 0 ? 0 : ~0 << UInt64(64 - highBits)
        let lowMask: UInt64 = lowBits == 0 ? 0 : ~0 << UInt64(64 - lowBits)
        return (address.high ^ other.high) & highMask == 0
            && (address.low ^ other.low) & lowMask == 0
    }

    public var description: String {
        "\(address)/\(address.isIPv4 ? prefixLength - 96 : prefixLength)"
    }
}

extension UInt8 {
    /// `0` to `9` in ASCII.
    var isDigit: Bool { (48...57).contains(self) }
}
