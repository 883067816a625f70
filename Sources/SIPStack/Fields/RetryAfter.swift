/// Seconds until another attempt makes sense (RFC 3261 §20.33).
public struct RetryAfter: FieldValue {
    public static let fieldName = FieldName.retryAfter
    public var seconds: UInt32
    /// Text in parentheses; without them and without escapes.
    public var comment: String?
    public var parameters: Parameters

    public init(seconds: UInt32, comment: String? = nil, parameters: Parameters = Parameters()) {
        self.seconds = seconds
        self.comment = comment
        self.parameters = parameters
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        seconds = try Expires(reading: &reader).number
        reader.skipSpace()
        comment = reader.peek == UInt8(ascii: "(") ? try reader.comment() : nil
        parameters = try reader.parameters()
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(seconds)
        if let comment {
            writer.write(" (")
            for byte in comment.utf8 {
                if "()\\".utf8.contains(byte) { writer.write(UInt8(ascii: "\\")) }
                writer.write(byte < 32 ? 32 : byte)
            }
            writer.write(UInt8(ascii: ")"))
        }
        writer.write(parameters)
    }
}

extension FieldReader {
    /// A comment's text; comments in it stay as they are written (RFC 3261 §25.1 `comment`).
    mutating func comment() throws(FieldError) -> String {
        try expect(UInt8(ascii: "("))
        var content: [UInt8] = []
        var depth = 1
        while position < end {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { return String(decoding: content, as: UTF8.self) }
            case UInt8(ascii: "\\"):
                guard position < end else { throw failure(.unterminatedQuote) }
                content.append(bytes[position])
                position += 1
                continue
            default: break
            }
            content.append(byte < 32 ? 32 : byte)
        }
        throw failure(.unterminatedQuote)
    }
}
