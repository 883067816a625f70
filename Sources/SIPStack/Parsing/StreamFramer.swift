/// Cuts a stream of bytes into messages by Content-Length (RFC 3261 §18.3), and finds the
/// keep-alives of RFC 5626 §3.5.1 between them.
public struct StreamFramer: Sendable {
    public enum Framed: Sendable, Equatable {
        case message([UInt8])
        /// CRLF CRLF: answer with one CRLF.
        case keepAlivePing
        /// CRLF: the answer to our ping.
        case keepAlivePong
        /// The next message cannot be found: close the stream. Everything after is ignored.
        case broken(MessageError)
    }

    private let limits: MessageLimits
    private var bytes: [UInt8] = []
    /// Bytes before this were given out.
    private var start = 0
    /// No empty line lies before this.
    private var searched = 0
    private var isBroken = false
    /// True where a lone CRLF was the last thing given out.
    private var lastWasPong = false
    /// Bytes of the message at `start`, once its header is all there.
    private var wholeLength: Int?

    public init(limits: MessageLimits = .standard) {
        self.limits = limits
    }

    public mutating func append(_ more: [UInt8]) {
        guard !isBroken else { return }
        bytes += more
    }

    /// The next whole thing; nil until more bytes come.
    public mutating func next() -> Framed? {
        guard !isBroken else { return nil }
        if wholeLength == nil, let keepAlive = keepAlive() { return keepAlive }
        do {
            guard let length = try length() else {
                compact()
                return nil
            }
            let message = Array(bytes[start..<start + length])
            start += length
            searched = start
            wholeLength = nil
            lastWasPong = false
            compact()
            return .message(message)
        } catch {
            isBroken = true
            bytes = []
            return .broken(error)
        }
    }

    /// CRLFs between messages. A ping that the stream cut in two comes as a pong and a ping: one
    /// answer too many does no harm, one too few ends the flow.
    private mutating func keepAlive() -> Framed? {
        guard bytes.count - start >= 2, bytes[start] == 13, bytes[start + 1] == 10 else {
            return nil
        }
        let isWhole =
            bytes.count - start >= 4 && bytes[start + 2] == 13 && bytes[start + 3] == 10
        let isPing = isWhole || lastWasPong
        start += isWhole ? 4 : 2
        searched = start
        lastWasPong = !isPing
        return isPing ? .keepAlivePing : .keepAlivePong
    }

    /// Bytes of the message that starts at `start`; nil where it is not all there.
    private mutating func length() throws(MessageError) -> Int? {
        if let wholeLength { return bytes.count - start >= wholeLength ? wholeLength : nil }
        guard let headerEnd = headerEnd() else {
            guard bytes.count - start <= limits.headerSize else {
                throw MessageError(
                    .headerTooLarge, offset: limits.headerSize, limit: limits.headerSize)
            }
            return nil
        }
        let header = start..<headerEnd
        let stated = try contentLength(in: header)
        let total = header.count + stated
        guard total <= limits.messageSize else {
            throw MessageError(
                .messageTooLarge, offset: header.count, limit: limits.messageSize)
        }
        wholeLength = total
        return bytes.count - start >= total ? total : nil
    }

    /// The value of the one Content-Length that a message in a stream must have.
    private func contentLength(in header: Range<Int>) throws(MessageError) -> Int {
        var found: Int?
        var lineStart = header.lowerBound
        while lineStart < header.upperBound {
            let lineEnd = find(10, bytes.span, lineStart, header.upperBound)
            let nameEnd = find(58, bytes.span, lineStart, min(lineEnd, lineStart + 32))
            var reader = FieldReader(bytes, in: lineStart..<lineEnd)
            let name = reader.run(of: .token)
            lineStart = lineEnd + 1
            guard nameEnd < lineEnd,
                FieldNameTable.standard.number(bytes.span, name.lowerBound, name.count)
                    == FieldNumber.contentLength,
                reader.takeSpaced(UInt8(ascii: ":"))
            else { continue }
            let offset = reader.position - header.lowerBound
            let value = try? reader.number(upTo: UInt64(MessageLimits.largestSize))
            reader.skipSpace()
            guard let value, reader.isAtEnd else {
                throw MessageError(.bad(.contentLength, .expectedNumber), offset: offset)
            }
            guard found == nil else {
                throw MessageError(.repeated(.contentLength), offset: offset)
            }
            found = Int(value)
        }
        guard let found else {
            throw MessageError(.missing(.contentLength), offset: header.count)
        }
        return found
    }

    /// The first byte after the empty line.
    private mutating func headerEnd() -> Int? {
        var index = max(searched, start)
        while index < bytes.count {
            index = find(10, bytes.span, index, bytes.count)
            guard index < bytes.count else { break }
            let isBare = index > start && bytes[index - 1] == 10
            let isWhole = index > start + 1 && bytes[index - 1] == 13 && bytes[index - 2] == 10
            if isBare || isWhole { return index + 1 }
            index += 1
        }
        searched = bytes.count
        return nil
    }

    /// Drops what was given out once it is worth a move.
    private mutating func compact() {
        guard start == bytes.count || start > 65_536 else { return }
        bytes.removeSubrange(..<start)
        searched -= start
        start = 0
    }
}
