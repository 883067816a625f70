// Comparison without regard to ASCII case: what RFC 3261 §7.3.1 asks of names and tokens.

/// An ASCII capital as its small letter; any other byte as it is.
@inline(__always)
func lowercased(_ byte: UInt8) -> UInt8 {
    byte &- 65 < 26 ? byte | 0x20 : byte
}

func equalIgnoringCase(_ first: String, _ second: String) -> Bool {
    first.utf8.count == second.utf8.count
        && first.utf8.elementsEqual(second.utf8) { lowercased($0) == lowercased($1) }
}

func equalIgnoringCase(_ first: String?, _ second: String?) -> Bool {
    switch (first, second) {
    case (nil, nil): true
    case (let first?, let second?): equalIgnoringCase(first, second)
    case (nil, _?), (_?, nil): false
    }
}

func hashIgnoringCase(_ text: String, into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(lowercased(byte)) }
    hasher.combine(UInt8(0xFF))
}

/// The value of a hexadecimal digit.
func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
}
