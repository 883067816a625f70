/// The bytes in lower-case hexadecimal digits.
@inlinable
public func hex(_ bytes: some Collection<UInt8>) -> String {
    let digits: StaticString = "0123456789abcdef"
    return String(unsafeUninitializedCapacity: 2 * bytes.count) { buffer in
        var index = 0
        for byte in bytes {
            buffer[index] = digits.utf8Start[Int(byte >> 4)]
            buffer[index + 1] = digits.utf8Start[Int(byte & 15)]
            index += 2
        }
        return index
    }
}

/// The bytes that hexadecimal digits stand for; nil for an odd count or any other character.
public func bytes(hex text: String) -> [UInt8]? {
    var result: [UInt8] = []
    var upper: UInt8?
    for character in text.utf8 {
        let digit: UInt8
        switch character {
        case 48...57: digit = character - 48
        case 65...70: digit = character - 55
        case 97...102: digit = character - 87
        default: return nil
        }
        if let half = upper {
            result.append(half << 4 | digit)
            upper = nil
        } else {
            upper = digit
        }
    }
    return upper == nil ? result : nil
}

/// Base64 with padding (RFC 4648 §4).
public enum Base64 {
    public static func encode(_ bytes: [UInt8]) -> String {
        let alphabet: StaticString =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let second = left > 1 ? bytes[index + 1] : 0
            let third = left > 2 ? bytes[index + 2] : 0
            let group = UInt32(bytes[index]) << 16 | UInt32(second) << 8 | UInt32(third)
            for position in 0..<4 {
                guard position <= left else {
                    text.append(UInt8(ascii: "="))
                    continue
                }
                text.append(alphabet.utf8Start[Int(group >> UInt32(18 - 6 * position) & 63)])
            }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes; nil for a foreign character, wrong padding or bits that no encoder leaves set.
    public static func decode(_ text: String) -> [UInt8]? {
        var digits = Array(text.utf8)
        guard digits.count % 4 == 0 else { return nil }
        var padding = 0
        while padding < 2, digits.last == UInt8(ascii: "=") {
            digits.removeLast()
            padding += 1
        }
        var result: [UInt8] = []
        result.reserveCapacity(digits.count * 3 / 4)
        var bits: UInt32 = 0
        var bitCount = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            bits = bits << 6 | value
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
                bits &= (1 << UInt32(bitCount)) - 1
            }
        }
        return bits == 0 ? result : nil
    }

    private static func value(of digit: UInt8) -> UInt32? {
        switch digit {
        case 65...90: UInt32(digit) - 65
        case 97...122: UInt32(digit) - 71
        case 48...57: UInt32(digit) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

/// Compares in a time that depends on the lengths alone, not on where the bytes differ.
@inlinable
public func constantTimeEqual(
    _ one: some Collection<UInt8>, _ other: some Collection<UInt8>
) -> Bool {
    guard one.count == other.count else { return false }
    var difference: UInt8 = 0
    for (left, right) in zip(one, other) { difference |= left ^ right }
    return difference == 0
}
