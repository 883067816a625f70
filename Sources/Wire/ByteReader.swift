/// Reads big-endian fields from bytes, one after another, never past the end.
///
/// Every read answers nil where too little is left, and then consumes nothing: hostile lengths
/// cost a nil, not a trap.
public struct ByteReader: Sendable {
    private let bytes: [UInt8]
    /// Where the next read begins, counted from the start of the array.
    public private(set) var offset: Int
    private let end: Int

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        offset = 0
        end = bytes.count
    }

    /// Reads a copy of a part; offsets count from the part's start.
    public init(_ slice: ArraySlice<UInt8>) {
        bytes = Array(slice)
        offset = 0
        end = bytes.count
    }

    /// How many bytes are left.
    public var remaining: Int { end - offset }
    public var isAtEnd: Bool { offset == end }

    public mutating func readUInt8() -> UInt8? {
        guard remaining >= 1 else { return nil }
        defer { offset += 1 }
        return bytes[offset]
    }

    public mutating func readUInt16() -> UInt16? {
        readInteger(width: 2).map(UInt16.init(truncatingIfNeeded:))
    }

    public mutating func readUInt32() -> UInt32? {
        readInteger(width: 4).map(UInt32.init(truncatingIfNeeded:))
    }

    public mutating func readUInt64() -> UInt64? {
        readInteger(width: 8)
    }

    /// The next bytes; nil where fewer are left, or the count is negative.
    public mutating func readBytes(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= remaining else { return nil }
        defer { offset += count }
        return bytes[offset..<offset + count]
    }

    /// Passes over bytes; false, and nothing passed, where fewer are left.
    public mutating func skip(_ count: Int) -> Bool {
        readBytes(count) != nil
    }

    private mutating func readInteger(width: Int) -> UInt64? {
        guard remaining >= width else { return nil }
        var value: UInt64 = 0
        for index in offset..<offset + width { value = value << 8 | UInt64(bytes[index]) }
        offset += width
        return value
    }
}

extension Span where Element == UInt8 {
    /// The big-endian 16 bits at an offset; nil where they are not all inside.
    @inline(always)
    public func bigEndianUInt16(at offset: Int) -> UInt16? {
        guard offset >= 0, offset < count, count - offset >= 2 else { return nil }
        return UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
    }

    /// The big-endian 32 bits at an offset; nil where they are not all inside.
    @inline(always)
    public func bigEndianUInt32(at offset: Int) -> UInt32? {
        guard offset >= 0, offset < count, count - offset >= 4 else { return nil }
        return UInt32(self[offset]) << 24 | UInt32(self[offset + 1]) << 16
            | UInt32(self[offset + 2]) << 8 | UInt32(self[offset + 3])
    }
}
