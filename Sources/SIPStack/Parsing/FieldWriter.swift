/// Collects the bytes of a message or a field.
public struct FieldWriter: Sendable {
    public var bytes: [UInt8] = []

    public init() {}

    public mutating func write(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    public mutating func write(_ byte: UInt8) {
        bytes.append(byte)
    }

    public mutating func write(_ value: some BinaryInteger) {
        write(String(value))
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
