/// Looks for the first whole header section in the bytes of a connection: some line, then an empty
/// one.
///
/// Keep-alives alone (RFC 5626 §3.5.1: empty lines) are no message. What the section says is not
/// looked at; it only tells a phone from a connection that is held open for nothing.
struct FirstMessageWatch: Sendable, Equatable {
    private enum State: Equatable {
        /// Only empty lines so far.
        case atStart
        case inLine
        /// After the line break that ended a line with text in it, or one behind it.
        case afterLine
        case seen
    }

    private var state = State.atStart

    /// True once the section was seen.
    var hasSeenMessage: Bool { state == .seen }

    mutating func look(at bytes: [UInt8]) {
        for byte in bytes {
            switch (state, byte) {
            case (.seen, _):
                return
            case (.atStart, UInt8(ascii: "\r")), (.atStart, UInt8(ascii: "\n")):
                break
            case (.atStart, _):
                state = .inLine
            case (.inLine, UInt8(ascii: "\n")):
                state = .afterLine
            case (.inLine, _):
                break
            case (.afterLine, UInt8(ascii: "\n")):
                state = .seen
            case (.afterLine, UInt8(ascii: "\r")):
                break
            case (.afterLine, _):
                state = .inLine
            }
        }
    }
}
