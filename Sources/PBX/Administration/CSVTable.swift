/// A table in comma-separated values (RFC 4180): a header line, then records.
///
/// Tolerated beyond the RFC: a byte-order mark, bare line feeds, empty lines, and a missing end of
/// the last line.
public struct CSVTable: Equatable, Sendable {
    public struct Record: Equatable, Sendable {
        /// The line that the record begins on; the first line of the file is 1.
        public var line: Int
        public var fields: [String]
    }

    /// What a file must not be, and where.
    public struct Fault: Error, Equatable {
        public var line: Int
        public var reason: String
    }

    public var header: Record
    public var records: [Record]

    public init(_ text: String) throws(Fault) {
        var reader = CSVReader(text)
        guard let header = try reader.next() else {
            throw Fault(line: 1, reason: "the file is empty; it must begin with a header line")
        }
        self.header = header
        records = []
        while let record = try reader.next() { records.append(record) }
    }
}

private struct CSVReader {
    private static let comma = UInt8(ascii: ",")
    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    init(_ text: String) {
        let bytes = Array(text.utf8)
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    }

    /// The next record that is no empty line; nil at the end.
    mutating func next() throws(CSVTable.Fault) -> CSVTable.Record? {
        while position < bytes.count {
            let start = line
            var fields = [try field()]
            while position < bytes.count, bytes[position] == Self.comma {
                position += 1
                fields.append(try field())
            }
            endLine()
            if fields != [""] { return CSVTable.Record(line: start, fields: fields) }
        }
        return nil
    }

    /// Reads up to a comma or the end of the line.
    private mutating func field() throws(CSVTable.Fault) -> String {
        if position < bytes.count, bytes[position] == Self.quote { return try quotedField() }
        let start = position
        while position < bytes.count, bytes[position] != Self.comma, !isAtLineEnd {
            guard bytes[position] != Self.quote else {
                throw CSVTable.Fault(
                    line: line,
                    reason: "a quote inside a field; put the whole field in quotes and double "
                        + "the quote")
            }
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func quotedField() throws(CSVTable.Fault) -> String {
        let start = line
        var text: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte != Self.quote {
                if byte == Self.lineFeed { line += 1 }
                text.append(byte)
            } else if position < bytes.count, bytes[position] == Self.quote {
                text.append(Self.quote)
                position += 1
            } else {
                guard position == bytes.count || bytes[position] == Self.comma || isAtLineEnd
                else {
                    throw CSVTable.Fault(
                        line: line, reason: "text after a closing quote; double quotes inside")
                }
                return String(decoding: text, as: UTF8.self)
            }
        }
        throw CSVTable.Fault(line: start, reason: "a quote is opened and never closed")
    }

    private var isAtLineEnd: Bool {
        bytes[position] == Self.lineFeed
            || (bytes[position] == Self.carriageReturn
                && (position + 1 == bytes.count || bytes[position + 1] == Self.lineFeed))
    }

    private mutating func endLine() {
        if position < bytes.count, bytes[position] == Self.carriageReturn { position += 1 }
        if position < bytes.count, bytes[position] == Self.lineFeed { position += 1 }
        line += 1
    }
}
