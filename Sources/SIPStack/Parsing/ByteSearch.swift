// Searching bytes sixteen at a time. Nothing here reads beyond `end`, and `end` never lies beyond
// the span: callers keep `0 <= from <= end <= bytes.count`.

/// Sixteen bytes from there on, which must lie within the span.
@inline(__always)
func load16(_ bytes: Span<UInt8>, _ offset: Int) -> SIMD16<UInt8> {
    precondition(offset >= 0 && offset &+ 16 <= bytes.count)
    return unsafe bytes.bytes.unsafeLoadUnaligned(
        fromByteOffset: offset, as: SIMD16<UInt8>.self)
}

/// Eight bytes from there on, the first in the lowest place; they must lie within the span.
@inline(__always)
func load8(_ bytes: Span<UInt8>, _ offset: Int) -> UInt64 {
    precondition(offset >= 0 && offset &+ 8 <= bytes.count)
    return unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        .littleEndian
}

/// The place of the first lane that is set; 16 where none is.
@inline(__always)
func firstSet(_ mask: SIMDMask<SIMD16<Int8>>) -> Int {
    let halves = unsafe unsafeBitCast(mask, to: SIMD2<UInt64>.self)
    if halves[0] != 0 { return halves[0].trailingZeroBitCount &>> 3 }
    if halves[1] != 0 { return 8 &+ halves[1].trailingZeroBitCount &>> 3 }
    return 16
}

/// The first such byte, or `end`.
@inline(__always)
func find(_ byte: UInt8, _ bytes: Span<UInt8>, _ from: Int, _ end: Int) -> Int {
    var index = from
    let pattern = SIMD16<UInt8>(repeating: byte)
    while index &+ 16 <= end {
        let place = firstSet(load16(bytes, index) .== pattern)
        if place < 16 { return index &+ place }
        index &+= 16
    }
    while index < end, bytes[index] != byte { index &+= 1 }
    return index
}

/// The first of either byte, or `end`.
@inline(__always)
func find(
    _ byte: UInt8, or other: UInt8, _ bytes: Span<UInt8>, _ from: Int, _ end: Int
) -> Int {
    var index = from
    let pattern = SIMD16<UInt8>(repeating: byte)
    let otherPattern = SIMD16<UInt8>(repeating: other)
    while index &+ 16 <= end {
        let chunk = load16(bytes, index)
        let place = firstSet((chunk .== pattern) .| (chunk .== otherPattern))
        if place < 16 { return index &+ place }
        index &+= 16
    }
    while index < end, bytes[index] != byte, bytes[index] != other { index &+= 1 }
    return index
}

/// The first byte that may end a line: any of 0 to 13, TAB included; or `end`.
@inline(__always)
func findLineControl(_ bytes: Span<UInt8>, _ from: Int, _ end: Int) -> Int {
    var index = from
    let pattern = SIMD16<UInt8>(repeating: 14)
    while index &+ 16 <= end {
        let place = firstSet(load16(bytes, index) .< pattern)
        if place < 16 { return index &+ place }
        index &+= 16
    }
    while index < end, bytes[index] >= 14 { index &+= 1 }
    return index
}

/// The quote that closes a quoted string which opened just before `from`, or `end`.
@inline(__always)
func findClosingQuote(_ bytes: Span<UInt8>, _ from: Int, _ end: Int) -> Int {
    var index = from
    while true {
        index = find(34, or: 92, bytes, index, end)
        if index >= end || bytes[index] == 34 { return index }
        index &+= 2
        if index >= end { return end }
    }
}

/// `token` of RFC 3261 §25.1, as two words of bits.
@inline(__always)
func isTokenByte(_ byte: UInt8) -> Bool {
    let bits: UInt64 = byte < 64 ? 0x03FF_6CA2_0000_0000 : 0x47FF_FFFF_87FF_FFFE
    return byte < 128 && bits &>> UInt64(byte & 63) & 1 == 1
}

/// Letters, digits, hyphen, dot and underscore, as two words of bits.
@inline(__always)
func isHostByte(_ byte: UInt8) -> Bool {
    let bits: UInt64 = byte < 64 ? 0x03FF_6000_0000_0000 : 0x07FF_FFFE_87FF_FFFE
    return byte < 128 && bits &>> UInt64(byte & 63) & 1 == 1
}

/// Space, TAB and what folds are made of.
@inline(__always)
func isSpaceByte(_ byte: UInt8) -> Bool {
    byte <= 32 && (byte == 32 || byte == 9 || byte == 13 || byte == 10)
}

@inline(__always)
func isDigitByte(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
