/// Collects the bytes of a message or a field.
public struct FieldWriter: Sendable {
    public var bytes: [UInt8] = []

    public init() {}

    public mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    public mutating func write(_ byte: UInt8) {
        bytes.append(byte)
    }

    public mutating func write(_ value: some BinaryInteger) {
        guard let small = UInt64(exactly: value) else { return write(String(value)) }
        // The digits from the last to the first.
        var digits = InlineArray<20, UInt8>(repeating: 48)
        var rest = small
        var first = 20
        repeat {
            first -= 1
            digits[first] = 48 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        for index in first..<20 { write(digits[index]) }
    }

    /// In quotes, with `"`, `\` and control characters escaped; line breaks become spaces, since
    /// no escape lets them stand in a field.
    public mutating func writeQuoted(_ text: String) {
        write(UInt8(ascii: "\""))
        for byte in text.utf8 {
            let isControl = byte < 32 && byte != 9 || byte == 127
            if byte == 13 || byte == 10 {
                write(32)
                continue
            }
            if isControl || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                write(UInt8(ascii: "\\"))
            }
            write(byte)
        }
        write(UInt8(ascii: "\""))
    }

    /// Text that must not end its line.
    mutating func writeLine(_ text: String) {
        write(evened(text))
    }

    /// Bytes of a class as they are, any other as `%HH`; a `%HH` that stands there stays.
    mutating func writeEscaped(_ text: String, keeping kind: ByteClass) {
        for byte in text.utf8 {
            if ByteClass.contains(byte, kind) || byte == UInt8(ascii: "%") {
                write(byte)
            } else {
                write(UInt8(ascii: "%"))
                write(hexDigit(byte >> 4))
                write(hexDigit(byte & 15))
            }
        }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// `0`…`9`, `A`…`F`.
func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? 48 + value : 55 + value
}
