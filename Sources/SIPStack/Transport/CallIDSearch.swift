/// Finds a message's Call-ID without parsing it: enough to choose the shard.
enum CallIDSearch {
    /// FNV-1a of the Call-ID's bytes, the same for every message of a call; nil where none is found.
    static func hash(in message: [UInt8]) -> UInt64? {
        let bytes = message.span
        var index = 0
        while index < bytes.count {
            // At the start of a line.
            if let value = value(ofLineAt: index, in: bytes) { return hash(bytes, from: value) }
            while index < bytes.count && bytes[index] != 10 { index += 1 }
            index += 1
            // The empty line ends the header section.
            if index < bytes.count && (bytes[index] == 13 || bytes[index] == 10) { return nil }
        }
        return nil
    }

    /// The same of a Call-ID that is known.
    static func hash(_ sipCallID: String) -> UInt64 {
        var hash = offsetBasis
        for byte in sipCallID.utf8 { hash = (hash ^ UInt64(byte)) &* prime }
        return hash
    }

    private static var offsetBasis: UInt64 { 0xCBF2_9CE4_8422_2325 }
    private static var prime: UInt64 { 0x100_0000_01B3 }

    /// Where the value begins, if the line is `Call-ID:` or `i:`; folds and spaces are passed over.
    private static func value(ofLineAt start: Int, in bytes: Span<UInt8>) -> Int? {
        guard let nameEnd = endOfName(at: start, in: bytes) else { return nil }
        var index = skipSpace(from: nameEnd, in: bytes)
        guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else { return nil }
        index = skipSpace(from: index + 1, in: bytes)
        return index
    }

    private static func endOfName(at start: Int, in bytes: Span<UInt8>) -> Int? {
        let name: StaticString = "call-id"
        guard start < bytes.count else { return nil }
        switch bytes[start] | 0x20 {
        case UInt8(ascii: "i"): return start + 1
        case UInt8(ascii: "c"): break
        default: return nil
        }
        guard bytes.count - start > name.utf8CodeUnitCount else { return nil }
        for offset in 1..<name.utf8CodeUnitCount {
            let expected = name.utf8Start[offset]
            let byte = bytes[start + offset]
            guard byte == expected || byte | 0x20 == expected && expected != 45 else { return nil }
        }
        return start + name.utf8CodeUnitCount
    }

    private static func skipSpace(from start: Int, in bytes: Span<UInt8>) -> Int {
        var index = start
        while index < bytes.count {
            switch bytes[index] {
            case 32, 9: index += 1
            // A line break counts only where the next line goes on with this one.
            case 13 where isFold(at: index + 2, in: bytes) && bytes[index + 1] == 10: index += 3
            case 10 where isFold(at: index + 1, in: bytes): index += 2
            default: return index
            }
        }
        return index
    }

    private static func isFold(at index: Int, in bytes: Span<UInt8>) -> Bool {
        index < bytes.count && (bytes[index] == 32 || bytes[index] == 9)
    }

    private static func hash(_ bytes: Span<UInt8>, from start: Int) -> UInt64 {
        var hash = offsetBasis
        var index = start
        while index < bytes.count, bytes[index] > 32 {
            hash = (hash ^ UInt64(bytes[index])) &* prime
            index += 1
        }
        return hash
    }
}
