// Searching bytes sixteen at a time. A search may look at bytes beyond `end`, never beyond the
// span, and never gives a place beyond `end`. Every load is checked by the span.

/// Sixteen bytes from there on.
@inline(__always)
func load16(_ bytes: Span<UInt8>, _ offset: Int) -> SIMD16<UInt8> {
    unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
}

/// Eight bytes from there on, the first in the lowest place.
@inline(__always)
func load8(_ bytes: Span<UInt8>, _ offset: Int) -> UInt64 {
    unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
}

/// The place of the first lane that is set; 16 where none is.
@inline(__always)
func firstSet(_ mask: SIMDMask<SIMD16<Int8>>) -> Int {
    let halves = unsafe unsafeBitCast(mask, to: SIMD2<UInt64>.self)
    if halves[0] != 0 { return halves[0].trailingZeroBitCount &>> 3 }
    if halves[1] != 0 { return 8 &+ halves[1].trailingZeroBitCount &>> 3 }
    return 16
}

/// The first place from `from` on for which `isWanted` says yes of the vector, and `isWantedByte`
/// of the byte where no vector fits any more; or `end`.
@inline(__always)
private func search(
    _ bytes: Span<UInt8>, _ from: Int, _ end: Int,
    _ isWanted: (SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>>, _ isWantedByte: (UInt8) -> Bool
) -> Int {
    var index = from
    while index < end {
        guard index &+ 16 <= bytes.count else {
            while index < end, !isWantedByte(bytes[index]) { index &+= 1 }
            return index
        }
        let place = firstSet(isWanted(load16(bytes, index)))
        if place < 16 { return min(index &+ place, end) }
        index &+= 16
    }
    return end
}

/// The first such byte, or `end`.
@inline(__always)
func find(_ byte: UInt8, _ bytes: Span<UInt8>, _ from: Int, _ end: Int) -> Int {
    let pattern = SIMD16<UInt8>(repeating: byte)
    return search(bytes, from, end, { $0 .== pattern }, { $0 == byte })
}

/// The first of either byte, or `end`.
@inline(__always)
func find(
    _ byte: UInt8, or other: UInt8, _ bytes: Span<UInt8>, _ from: Int, _ end: Int
) -> Int {
    let pattern = SIMD16<UInt8>(repeating: byte)
    let otherPattern = SIMD16<UInt8>(repeating: other)
    return search(
        bytes, from, end, { ($0 .== pattern) .| ($0 .== otherPattern) },
        { $0 == byte || $0 == other })
}

/// The first byte that may end a line: any of 0 to 13, TAB included; or `end`.
@inline(__always)
func findLineControl(_ bytes: Span<UInt8>, _ from: Int, _ end: Int) -> Int {
    let pattern = SIMD16<UInt8>(repeating: 14)
    return search(bytes, from, end, { $0 .< pattern }, { $0 < 14 })
}

/// The end of an unquoted value: white space, `;` or `,`; or `end`.
@inline(__always)
func findValueEnd(_ bytes: Span<UInt8>, _ from: Int, _ end: Int) -> Int {
    let space = SIMD16<UInt8>(repeating: 33)
    let semicolon = SIMD16<UInt8>(repeating: UInt8(ascii: ";"))
    let comma = SIMD16<UInt8>(repeating: UInt8(ascii: ","))
    return search(
        bytes, from, end, { ($0 .< space) .| ($0 .== semicolon) .| ($0 .== comma) },
        { $0 < 33 || $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: ",") })
}

/// The first byte that cannot stand in a host name, of those that follow one: `:` `;` `<` `=` `>`
/// `?`, white space and all below `-`; or `end`.
@inline(__always)
func findHostEnd(_ bytes: Span<UInt8>, _ from: Int, _ end: Int) -> Int {
    let hyphen = SIMD16<UInt8>(repeating: UInt8(ascii: "-"))
    let colon = SIMD16<UInt8>(repeating: UInt8(ascii: ":"))
    let six = SIMD16<UInt8>(repeating: 6)
    return search(
        bytes, from, end, { ($0 .< hyphen) .| ($0 &- colon .< six) },
        { $0 < UInt8(ascii: "-") || $0 &- UInt8(ascii: ":") < 6 })
}

/// How many letters lie there, at most eight; 0 near the end of the span.
@inline(__always)
func countLetters(_ bytes: Span<UInt8>, _ from: Int) -> Int {
    guard from &+ 8 <= bytes.count else { return 0 }
    let word = load8(bytes, from)
    let low = (word | 0x2020_2020_2020_2020) & 0x7F7F_7F7F_7F7F_7F7F
    // The high bit of each byte: at least `a`; beyond `z`; no ASCII.
    let isFromA = low &+ 0x1F1F_1F1F_1F1F_1F1F
    let isBeyondZ = low &+ 0x0505_0505_0505_0505
    let isOther = (~isFromA | isBeyondZ | word) & 0x8080_8080_8080_8080
    return isOther.trailingZeroBitCount &>> 3
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

/// Space, TAB and what folds are made of.
@inline(__always)
func isSpaceByte(_ byte: UInt8) -> Bool {
    byte <= 32 && (byte == 32 || byte == 9 || byte == 13 || byte == 10)
}

@inline(__always)
func isDigitByte(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
