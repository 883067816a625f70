/// When the sender sent the request, by its own clock, to measure the round trip
/// (RFC 3261 §20.38). In millionths of a second.
public struct Timestamp: FieldValue {
    public static let fieldName = FieldName.timestamp
    public var microseconds: UInt64
    /// How long the answer was held back.
    public var delayMicroseconds: UInt64?

    public init(microseconds: UInt64, delayMicroseconds: UInt64? = nil) {
        self.microseconds = microseconds
        self.delayMicroseconds = delayMicroseconds
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        microseconds = try reader.decimal()
        reader.skipSpace()
        delayMicroseconds = reader.isAtEnd ? nil : try reader.decimal()
    }

    public func write(to writer: inout FieldWriter) {
        writer.writeDecimal(microseconds)
        if let delayMicroseconds {
            writer.write(UInt8(ascii: " "))
            writer.writeDecimal(delayMicroseconds)
        }
    }
}

extension FieldReader {
    /// `1*DIGIT [ "." *DIGIT ]` in millionths; what is smaller is dropped.
    mutating func decimal() throws(FieldError) -> UInt64 {
        let whole = try number(upTo: 1_000_000_000_000)
        var fraction: UInt64 = 0
        var weight: UInt64 = 100_000
        if take(UInt8(ascii: ".")) {
            while ByteClass.isDigit(peek) {
                fraction += UInt64(peek &- 48) * weight
                weight /= 10
                advance()
            }
        }
        return whole * 1_000_000 + fraction
    }
}

extension FieldWriter {
    mutating func writeDecimal(_ millionths: UInt64) {
        write(millionths / 1_000_000)
        guard millionths % 1_000_000 != 0 else { return }
        var digits = Array(String(1_000_000 + millionths % 1_000_000).utf8.dropFirst())
        while digits.last == 48 { digits.removeLast() }
        write(UInt8(ascii: "."))
        bytes += digits
    }
}
