/// One token of a Swift source file.
struct Token: Equatable {
    enum Kind: Equatable {
        /// A name or a keyword; `@` and `#` are part of it (`@Test`, `#expect`).
        case word
        /// A name in backticks, held without them.
        case quoted
        /// A string literal; its text is not kept, code in its interpolations follows as tokens.
        case string
        case number
        /// One character of anything else.
        case mark
    }

    var kind: Kind
    var text: String
    /// Counted from 1.
    var line: Int
    /// True where whitespace, a comment or the file's start precedes the token.
    var followsSpace: Bool
    /// True where the token is the first of its line.
    var startsLine: Bool
}

/// A comment, one line at a time.
struct Comment: Equatable {
    var text: String
    var line: Int
}

/// A simple lexer for Swift: enough to tell code from strings and comments.
///
/// It knows nested comments, raw and multi-line strings and interpolation. It does not know bare
/// regular expression literals (`/…/`), which the code base does not use.
struct SourceLexer {
    private(set) var tokens: [Token] = []
    private(set) var comments: [Comment] = []
    private(set) var lineCount = 0

    private let bytes: [UInt8]
    private var index = 0
    private var line = 1
    private var followsSpace = true
    private var lastTokenLine = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
        readCode(untilParenthesis: false)
        lineCount = bytes.last == UInt8(ascii: "\n") ? line - 1 : line
    }

    private func peek(_ offset: Int = 0) -> UInt8 {
        index + offset < bytes.count ? bytes[index + offset] : 0
    }

    private func matches(_ text: StaticString, at offset: Int = 0) -> Bool {
        guard index + offset + text.utf8CodeUnitCount <= bytes.count else { return false }
        for position in 0..<text.utf8CodeUnitCount
        where bytes[index + offset + position] != text.utf8Start[position] {
            return false
        }
        return true
    }

    /// Reads code to the end of the file, or to the parenthesis that ends an interpolation.
    private mutating func readCode(untilParenthesis: Bool) {
        var depth = 0
        while index < bytes.count {
            let byte = peek()
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                index += 1
                followsSpace = true
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                index += 1
                followsSpace = true
            case UInt8(ascii: "/") where peek(1) == byte: readLineComment()
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"): readBlockComment()
            case UInt8(ascii: "\""): readString(poundCount: 0)
            case UInt8(ascii: "#") where poundsBeforeQuote > 0:
                let count = poundsBeforeQuote
                index += count
                readString(poundCount: count)
            case UInt8(ascii: "`"): readQuoted()
            case UInt8(ascii: "0")...UInt8(ascii: "9"): readWord(.number)
            case _ where Self.startsWord(byte): readWord(.word)
            default:
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") {
                    if untilParenthesis && depth == 0 { return }
                    depth -= 1
                }
                append(.mark, from: index, to: index + 1)
                index += 1
            }
        }
    }

    private static func startsWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "#"), UInt8(ascii: "$"): true
        default: byte >= 0x80
        }
    }

    private static func continuesWord(_ byte: UInt8) -> Bool {
        guard byte != UInt8(ascii: "@"), byte != UInt8(ascii: "#") else { return false }
        return startsWord(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private mutating func append(_ kind: Token.Kind, from start: Int, to end: Int) {
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        tokens.append(
            Token(
                kind: kind, text: text, line: line, followsSpace: followsSpace,
                startsLine: line != lastTokenLine))
        followsSpace = false
        lastTokenLine = line
    }

    private mutating func readWord(_ kind: Token.Kind) {
        let start = index
        index += 1
        while index < bytes.count, Self.continuesWord(bytes[index]) { index += 1 }
        append(kind, from: start, to: index)
    }

    private mutating func readQuoted() {
        let start = index + 1
        index = start
        while index < bytes.count, bytes[index] != UInt8(ascii: "`") { index += 1 }
        append(.quoted, from: start, to: min(index, bytes.count))
        index += 1
    }

    private mutating func readLineComment() {
        let start = index
        while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
        comments.append(
            Comment(text: String(decoding: bytes[start..<index], as: UTF8.self), line: line))
        followsSpace = true
    }

    private mutating func readBlockComment() {
        var depth = 0
        var start = index
        repeat {
            if matches("/*") {
                depth += 1
                index += 2
            } else if matches("*/") {
                depth -= 1
                index += 2
            } else {
                if peek() == UInt8(ascii: "\n") {
                    comments.append(
                        Comment(
                            text: String(decoding: bytes[start..<index], as: UTF8.self), line: line)
                    )
                    line += 1
                    start = index + 1
                }
                index += 1
            }
        } while depth > 0 && index < bytes.count
        comments.append(
            Comment(text: String(decoding: bytes[start..<index], as: UTF8.self), line: line))
        followsSpace = true
    }

    /// How many `#` stand here, where a quote follows them; else 0.
    private var poundsBeforeQuote: Int {
        var count = 0
        while peek(count) == UInt8(ascii: "#") { count += 1 }
        return peek(count) == UInt8(ascii: "\"") ? count : 0
    }

    private func hasPounds(_ count: Int, at offset: Int) -> Bool {
        for position in 0..<count where peek(offset + position) != UInt8(ascii: "#") {
            return false
        }
        return true
    }

    private mutating func readString(poundCount: Int) {
        append(.string, from: index, to: index)
        let isMultiline = matches("\"\"\"")
        let quoteLength = isMultiline ? 3 : 1
        index += quoteLength
        while index < bytes.count {
            let byte = bytes[index]
            let isQuote = isMultiline ? matches("\"\"\"") : byte == UInt8(ascii: "\"")
            if isQuote && hasPounds(poundCount, at: quoteLength) {
                index += quoteLength + poundCount
                return
            }
            if byte == UInt8(ascii: "\n") {
                guard isMultiline else { return }
                line += 1
                index += 1
            } else if byte == UInt8(ascii: "\\") && hasPounds(poundCount, at: 1) {
                index += 1 + poundCount
                if peek() == UInt8(ascii: "(") {
                    index += 1
                    readCode(untilParenthesis: true)
                }
                if peek() == UInt8(ascii: "\n") { line += 1 }
                index += 1
            } else {
                index += 1
            }
        }
    }
}
