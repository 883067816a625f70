// Comparison without regard to ASCII case: what RFC 3261 §7.3.1 asks of names and tokens.

/// An ASCII capital as its small letter; any other byte as it is.
@inline(__always)
func lowercased(_ byte: UInt8) -> UInt8 {
    byte &- 65 < 26 ? byte | 0x20 : byte
}

func equalIgnoringCase(_ first: String, _ second: String) -> Bool {
    let left = first.utf8
    let right = second.utf8
    guard left.count == right.count else { return false }
    // Names are nearly always written as we write them.
    if first == second { return true }
    let answer = left.withContiguousStorageIfAvailable { left in
        right.withContiguousStorageIfAvailable { right in
            left.indices.allSatisfy { lowercased(left[$0]) == lowercased(right[$0]) }
        }
    }
    return answer.flatMap { $0 }
        ?? left.elementsEqual(right) { lowercased($0) == lowercased($1) }
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
