/// Reads a field's value from left to right, byte by byte, never past its end.
///
/// White space and folds (RFC 3261 §25.1 `LWS`) are skipped where a method says so.
public struct FieldReader: Sendable {
    let bytes: [UInt8]
    let start: Int
    private(set) var end: Int
    var position: Int

    public init(_ text: String) {
        self.init(Array(text.utf8))
    }

    public init(_ bytes: [UInt8]) {
        self.init(bytes, in: 0..<bytes.count)
    }

    /// `range` must lie within `bytes`.
    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        start = range.lowerBound
        position = range.lowerBound
        end = range.upperBound
    }

    public var isAtEnd: Bool { position >= end }

    /// The byte under the reader; 0 at the end.
    public var peek: UInt8 { position < end ? bytes[position] : 0 }

    /// An error at the reader's place.
    public func failure(_ reason: FieldError.Reason) -> FieldError {
        FieldError(reason, offset: position - start)
    }

    public mutating func advance() {
        if position < end { position += 1 }
    }

    public mutating func skipSpace() {
        while position < end {
            let byte = bytes[position]
            guard byte == 32 || byte == 9 || byte == 13 || byte == 10 else { return }
            position += 1
        }
    }

    /// Drops white space at both ends.
    mutating func trimSpace() {
        skipSpace()
        while end > position, bytes[end - 1] <= 32 { end -= 1 }
    }

    /// Steps over the byte if it is next.
    public mutating func take(_ byte: UInt8) -> Bool {
        guard position < end, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// The same with white space allowed on both sides, as round `;`, `=`, `,` and `/`.
    public mutating func takeSpaced(_ byte: UInt8) -> Bool {
        let before = position
        skipSpace()
        guard take(byte) else {
            position = before
            return false
        }
        skipSpace()
        return true
    }

    public mutating func expect(_ byte: UInt8) throws(FieldError) {
        guard take(byte) else { throw failure(.expected(byte)) }
    }

    public func expectEnd() throws(FieldError) {
        guard isAtEnd else { throw failure(.trailingBytes) }
    }

    /// The longest run of bytes of a class, maybe empty.
    mutating func run(of kind: ByteClass) -> Range<Int> {
        let first = position
        position = ByteClass.end(of: kind, bytes.span, from: first, to: end)
        return first..<position
    }

    func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    /// Whether those bytes are that name, without regard to case; the name is in small letters.
    func matches(_ name: StaticString, _ range: Range<Int>) -> Bool {
        guard range.count == name.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count
        where lowercased(bytes[range.lowerBound + offset]) != name.utf8Start[offset] {
            return false
        }
        return true
    }

    public mutating func token() throws(FieldError) -> String {
        let range = run(of: .token)
        guard !range.isEmpty else { throw failure(.expectedToken) }
        return text(range)
    }

    /// 1*DIGIT, at most `limit`.
    public mutating func number(upTo limit: UInt64 = 0xFFFF_FFFF) throws(FieldError) -> UInt64 {
        var value: UInt64 = 0
        let first = position
        while position < end, ByteClass.isDigit(bytes[position]) {
            let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isTooLargeToo) = tens.addingReportingOverflow(UInt64(bytes[position] &- 48))
            guard !isTooLarge, !isTooLargeToo, sum <= limit else { throw failure(.numberTooLarge) }
            value = sum
            position += 1
        }
        guard position > first else { throw failure(.expectedNumber) }
        return value
    }

    /// A quoted string's content, its escapes undone (RFC 3261 §25.1 `quoted-string`).
    public mutating func quotedString() throws(FieldError) -> String {
        guard take(UInt8(ascii: "\"")) else { throw failure(.expectedQuotedString) }
        let first = position
        var content: [UInt8] = []
        var hasEscape = false
        while position < end {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let whole = first..<position
                position += 1
                return hasEscape ? String(decoding: content, as: UTF8.self) : text(whole)
            }
            if byte == UInt8(ascii: "\\") || byte == 13 || byte == 10 {
                if !hasEscape {
                    content = Array(bytes[first..<position])
                    hasEscape = true
                }
                position += 1
                if byte != UInt8(ascii: "\\") {
                    skipSpace()
                    content.append(32)
                    continue
                }
                guard position < end else { break }
                content.append(bytes[position])
            } else if hasEscape {
                content.append(byte)
            }
            position += 1
        }
        throw failure(.unterminatedQuote)
    }

    /// Everything that is left.
    public mutating func rest() -> String {
        defer { position = end }
        return text(position..<end)
    }
}
