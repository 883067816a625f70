/// Where one field lies in its message: 16 bytes, so that four fill a cache line.
struct FieldRecord: Sendable {
    var nameOffset: UInt32 = 0
    var valueOffset: UInt32 = 0
    var valueLength: UInt32 = 0
    var nameLength: UInt16 = 0
    /// The place in the table of known names; 0 for an unknown name.
    var number: UInt8 = 0
    /// True where the value goes over several lines or holds control bytes.
    var isUneven = false

    /// Bytes of a field's name, its colon found.
    static let longestName = 256

    var nameRange: Range<Int> { Int(nameOffset)..<Int(nameOffset) + Int(nameLength) }
    var valueRange: Range<Int> { Int(valueOffset)..<Int(valueOffset) + Int(valueLength) }
}
