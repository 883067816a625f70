/// A run of bytes in a message.
public struct MessageSlice: Hashable, Sendable {
    public var offset: UInt32 = 0
    public var length: UInt32 = 0

    @inline(__always)
    init() {}

    @inline(__always)
    init(_ start: Int, _ end: Int) {
        offset = UInt32(truncatingIfNeeded: start)
        length = UInt32(truncatingIfNeeded: end &- start)
    }

    public var isEmpty: Bool { length == 0 }

    public var range: Range<Int> { Int(offset)..<Int(offset) + Int(length) }

    @inline(__always)
    var start: Int { Int(offset) }

    @inline(__always)
    var end: Int { Int(offset) &+ Int(length) }
}

/// Where the start line's parts and the body lie.
struct MessageLayout: Sendable {
    var isRequest = false
    var status = 0
    var method = MessageSlice()
    var uri = MessageSlice()
    /// What follows `SIP/`.
    var version = MessageSlice()
    var reason = MessageSlice()
    /// The first byte after the empty line.
    var bodyStart = 0
    var fieldCount = 0
    /// By number, for those below 16: which record is the first of a name, counted from 1; 0 for
    /// none.
    var firsts = SIMD16<UInt16>()
    /// Bits of the numbers below 16 that stand more than once.
    var repeated: UInt32 = 0
}

/// Why a message could not be indexed, as small as a hot path wants it.
struct ScanFault: Error {
    enum Kind: UInt8 {
        case truncated, startLine, fieldLine, tooManyFields, lineTooLong
        case missing, field, requestURI, bodyTooShort
    }

    var kind: Kind
    /// Of the field, where it is about one.
    var number: UInt8 = 0
    var offset: Int
}
