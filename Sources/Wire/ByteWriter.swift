/// Gathers bytes: text as UTF-8, whole numbers big-endian.
public struct ByteWriter: Sendable {
    /// What was written so far.
    public var bytes: [UInt8] = []

    public init(reserving capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    public var count: Int { bytes.count }

    public mutating func write(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    public mutating func write(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    public mutating func write(_ byte: UInt8) {
        bytes.append(byte)
    }

    public mutating func write(_ number: UInt16) {
        writeBigEndian(number)
    }

    public mutating func write(_ number: UInt32) {
        writeBigEndian(number)
    }

    public mutating func write(_ number: UInt64) {
        writeBigEndian(number)
    }

    public mutating func write(_ more: [UInt8]) {
        bytes.append(contentsOf: more)
    }

    public mutating func write(_ more: ArraySlice<UInt8>) {
        bytes.append(contentsOf: more)
    }

    /// A whole number in decimal digits, without a `String` in between.
    public mutating func writeDecimal(_ number: some FixedWidthInteger & UnsignedInteger) {
        let first = bytes.count
        var rest = number
        repeat {
            bytes.append(48 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest != 0
        bytes[first...].reverse()
    }

    /// Overwrites 16 bits written before: a length that is known only at the end.
    ///
    /// The offset must lie inside what was written.
    public mutating func replaceUInt16(at offset: Int, with number: UInt16) {
        bytes[offset] = UInt8(truncatingIfNeeded: number >> 8)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: number)
    }

    private mutating func writeBigEndian(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
