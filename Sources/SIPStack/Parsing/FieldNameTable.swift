/// Finds a known name's number from its bytes: a perfect hash of length, first, middle and last
/// byte, then one or two vector comparisons.
struct FieldNameTable: Sendable {
    /// A name in small letters, and the bits to set in what it is compared with: 0x20 where a
    /// letter stands, all beyond the name's end.
    private struct Entry {
        var length = 0
        var low = SIMD16<UInt8>(repeating: 0xFF)
        var lowMask = SIMD16<UInt8>(repeating: 0xFF)
        var high = SIMD16<UInt8>(repeating: 0xFF)
        var highMask = SIMD16<UInt8>(repeating: 0xFF)
    }

    static let standard = FieldNameTable()

    /// By hash: a name's number, 0 for none.
    private var slots = [UInt8](repeating: 0, count: 512)
    /// By number; the first is that of no name.
    private var entries = [Entry()]
    /// By small letter less `a`: the number of the name whose compact form it is.
    private var compacts = [UInt8](repeating: 0, count: 32)

    /// Longer than any known name.
    private static let longestName = 32

    private init() {
        for (index, known) in FieldName.table.enumerated() {
            let number = UInt8(truncatingIfNeeded: index + 1)
            let name = Array(known.name.utf8)
            var entry = Entry()
            entry.length = name.count
            for (place, byte) in name.enumerated() {
                let mask: UInt8 = byte == UInt8(ascii: "-") ? 0 : 0x20
                if place < 16 {
                    entry.low[place] = byte | mask
                    entry.lowMask[place] = mask
                } else {
                    entry.high[place - 16] = byte | mask
                    entry.highMask[place - 16] = mask
                }
            }
            entries.append(entry)
            slots[
                Self.hash(
                    name.count, name[0] | 0x20, name[name.count / 2] | 0x20,
                    name[name.count - 1] | 0x20)] = number
            if let letter = known.compact?.utf8.first { compacts[Int(letter - 97)] = number }
        }
    }

    /// Found by search: no two known names meet. A test says so of every name.
    @inline(__always)
    private static func hash(_ length: Int, _ first: UInt8, _ middle: UInt8, _ last: UInt8) -> Int {
        let sum =
            length &* 3273 &+ Int(first) &* 3874 &+ Int(middle) &* 3444 &+ Int(last) &* 564
        return sum &>> 4 & 511
    }

    /// The number of the name that lies there, long or compact; 0 for an unknown one.
    @inline(__always)
    func number(_ bytes: Span<UInt8>, _ start: Int, _ length: Int) -> UInt8 {
        if length < 2 {
            let letter = length == 1 ? Int((bytes[start] | 0x20) &- 97) : 32
            return letter < 26 && bytes[start] >= 65 ? compacts[letter] : 0
        }
        guard length < Self.longestName else { return 0 }
        let hash = Self.hash(
            length, bytes[start] | 0x20, bytes[start &+ length &>> 1] | 0x20,
            bytes[start &+ length &- 1] | 0x20)
        let number = slots[hash]
        guard start &+ (length > 16 ? 32 : 16) <= bytes.count else {
            return numberNearEnd(bytes, start, length, number)
        }
        guard entries[Int(number)].length == length,
            firstSet(
                load16(bytes, start) | entries[Int(number)].lowMask
                    .!= entries[Int(number)].low) == 16
        else { return 0 }
        guard length > 16 else { return number }
        let high = load16(bytes, start &+ 16) | entries[Int(number)].highMask
        return firstSet(high .!= entries[Int(number)].high) == 16 ? number : 0
    }

    /// The same byte by byte, where the vectors would read too far.
    private func numberNearEnd(
        _ bytes: Span<UInt8>, _ start: Int, _ length: Int, _ number: UInt8
    ) -> UInt8 {
        let entry = entries[Int(number)]
        guard entry.length == length else { return 0 }
        for place in 0..<length {
            let mask = place < 16 ? entry.lowMask[place] : entry.highMask[place - 16]
            let wanted = place < 16 ? entry.low[place] : entry.high[place - 16]
            if bytes[start &+ place] | mask != wanted { return 0 }
        }
        return number
    }
}
