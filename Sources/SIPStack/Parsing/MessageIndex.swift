/// Where the parts of one message lie: the start line, a record a field, the body.
struct MessageIndex: Sendable {
    var isRequest = false
    var status = 0
    var method = 0..<0
    var uri = 0..<0
    var version = 0..<0
    var reason = 0..<0
    var records: [FieldRecord] = []
    /// The first byte after the empty line.
    var bodyStart = 0
}

extension MessageIndex {
    init(_ bytes: [UInt8], limits: MessageLimits) throws(MessageError) {
        var position = 0
        while position < bytes.count, bytes[position] == 13 || bytes[position] == 10 {
            position += 1
        }
        var line = try Self.line(bytes, from: position)
        try readStartLine(bytes, line.range)
        while true {
            position = line.next
            line = try Self.line(bytes, from: position)
            if line.range.isEmpty { break }
            guard records.count < limits.fieldCount else {
                throw MessageError(.tooManyFields, offset: position, limit: limits.fieldCount)
            }
            var end = line
            var isFolded = false
            while end.next < bytes.count, bytes[end.next] == 32 || bytes[end.next] == 9 {
                end = try Self.line(bytes, from: end.next)
                isFolded = true
            }
            let range = line.range.lowerBound..<end.range.upperBound
            guard range.count <= limits.lineLength else {
                throw MessageError(.lineTooLong, offset: position, limit: limits.lineLength)
            }
            try readField(bytes, range, isFolded: isFolded)
            line.next = end.next
        }
        bodyStart = line.next
        guard bodyStart <= limits.headerSize else {
            throw MessageError(
                .headerTooLarge, offset: limits.headerSize, limit: limits.headerSize)
        }
    }

    /// The line from there on, without its end, and where the next one starts.
    private static func line(
        _ bytes: [UInt8], from start: Int
    ) throws(MessageError) -> (range: Range<Int>, next: Int) {
        var index = start
        while index < bytes.count, bytes[index] != 10 { index += 1 }
        guard index < bytes.count else { throw MessageError(.truncated, offset: bytes.count) }
        let end = index > start && bytes[index - 1] == 13 ? index - 1 : index
        return (start..<end, index + 1)
    }

    private mutating func readStartLine(
        _ bytes: [UInt8], _ range: Range<Int>
    ) throws(MessageError) {
        var reader = FieldReader(bytes, in: range)
        let failure = MessageError(.badStartLine, offset: range.lowerBound)
        if bytes[range].starts(with: "SIP/".utf8) {
            reader.position += 4
            version = reader.run(ofNot: 32)
            guard reader.take(32), let code = try? reader.number(upTo: 699), code >= 100 else {
                throw failure
            }
            status = Int(code)
            guard reader.isAtEnd || reader.take(32) else { throw failure }
            reason = reader.position..<range.upperBound
            return
        }
        isRequest = true
        method = reader.run(of: .token)
        guard !method.isEmpty, reader.take(32) else { throw failure }
        uri = reader.run(ofNot: 32)
        guard !uri.isEmpty, reader.take(32) else { throw failure }
        guard bytes[reader.position..<range.upperBound].starts(with: "SIP/".utf8) else {
            throw failure
        }
        reader.position += 4
        version = reader.run(ofNot: 32)
        guard reader.isAtEnd else { throw failure }
    }

    private mutating func readField(
        _ bytes: [UInt8], _ range: Range<Int>, isFolded: Bool
    ) throws(MessageError) {
        var reader = FieldReader(bytes, in: range)
        let name = reader.run(of: .token)
        let failure = MessageError(.badFieldLine, offset: range.lowerBound)
        while reader.peek == 32 || reader.peek == 9 { reader.advance() }
        guard !name.isEmpty, reader.take(UInt8(ascii: ":")) else { throw failure }
        reader.trimSpace()
        var record = FieldRecord()
        record.number = FieldName(reader.text(name)).number
        record.nameOffset = UInt32(truncatingIfNeeded: name.lowerBound)
        record.nameLength = UInt16(truncatingIfNeeded: name.count)
        record.valueOffset = UInt32(truncatingIfNeeded: reader.position)
        record.valueLength = UInt32(truncatingIfNeeded: max(0, reader.end - reader.position))
        record.isFolded = isFolded
        records.append(record)
    }
}

extension FieldReader {
    mutating func run(ofNot byte: UInt8) -> Range<Int> {
        let first = position
        while position < end, bytes[position] != byte { position += 1 }
        return first..<position
    }
}
