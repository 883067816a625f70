// `%HH` in URIs (RFC 3261 §19.1.2).

/// The text with its escapes undone; bytes that are no UTF-8 then become U+FFFD.
func unescaped(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
    return String(decoding: unescapedBytes(text), as: UTF8.self)
}

func unescapedBytes(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    var bytes = text.utf8.makeIterator()
    while let byte = bytes.next() {
        guard byte == UInt8(ascii: "%") else {
            result.append(byte)
            continue
        }
        guard let first = bytes.next(), let high = hexValue(first), let second = bytes.next(),
            let low = hexValue(second)
        else { break }
        result.append(high << 4 | low)
    }
    return result
}

/// The text with every byte outside the class, and `%`, as `%HH`.
func escaped(_ text: String, keeping kind: ByteClass) -> String {
    guard !text.utf8.allSatisfy({ ByteClass.contains($0, kind) }) else { return text }
    var result: [UInt8] = []
    for byte in text.utf8 {
        if ByteClass.contains(byte, kind) {
            result.append(byte)
        } else {
            result += [UInt8(ascii: "%"), hexDigit(byte >> 4), hexDigit(byte & 15)]
        }
    }
    return String(decoding: result, as: UTF8.self)
}
