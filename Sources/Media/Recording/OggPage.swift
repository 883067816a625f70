/// A page of Ogg (RFC 3533 §6): a header of 27 bytes, the lengths of its parts, the parts.
enum OggPage {
    static var headerLength: Int { 27 }
    /// Header, 255 lengths, and 255 parts of 255 bytes.
    static var longest: Int { headerLength + 255 + 255 * 255 }
    /// Parts of one page.
    static var partLimit: Int { 255 }

    /// What a page is of its stream.
    struct Flags: OptionSet {
        let rawValue: UInt8
        static let first = Flags(rawValue: 2)
        static let last = Flags(rawValue: 4)
    }

    /// A page of whole packets; as many as fit are taken (each needs a length for every 255 bytes).
    ///
    /// - Parameter position: samples up to the end of the page.
    static func encoded(
        _ packets: [[UInt8]], position: UInt64, serial: UInt32, number: UInt32, flags: Flags
    ) -> [UInt8] {
        var lengths: [UInt8] = []
        var parts: [UInt8] = []
        for packet in packets {
            guard lengths.count + packet.count / 255 + 1 <= partLimit else { break }
            lengths += [UInt8](repeating: 255, count: packet.count / 255)
            lengths.append(UInt8(packet.count % 255))
            parts += packet
        }
        var page = Array("OggS".utf8) + [0, flags.rawValue]
        page += (0..<8).map { UInt8(truncatingIfNeeded: position >> (8 * UInt64($0))) }
        for word in [serial, number, 0] {
            page += (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) }
        }
        page.append(UInt8(lengths.count))
        page += lengths + parts
        let sum = checksum(page[...])
        for byte in 0..<4 { page[22 + byte] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * byte)) }
        return page
    }

    /// The length of the whole page that begins there; nil where there is none, or not all of it, or
    /// one that was damaged.
    static func length(at start: Int, of bytes: [UInt8]) -> Int? {
        guard start >= 0, bytes.count - start >= headerLength,
            bytes[start..<start + 4].elementsEqual("OggS".utf8), bytes[start + 4] == 0
        else { return nil }
        let count = Int(bytes[start + 26])
        guard bytes.count - start >= headerLength + count else { return nil }
        let parts = bytes[(start + headerLength)..<(start + headerLength + count)]
        let length = headerLength + count + parts.reduce(0) { $0 + Int($1) }
        guard bytes.count - start >= length else { return nil }
        let page = bytes[start..<start + length]
        let stored = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + 22 + $1]) << (8 * $1) }
        return checksum(page) == stored ? length : nil
    }

    /// CRC-32 by 04C11DB7, highest bit first, from 0; its own four bytes count as 0.
    private static func checksum(_ page: ArraySlice<UInt8>) -> UInt32 {
        var sum: UInt32 = 0
        for index in page.indices {
            let place = index - page.startIndex
            let byte = (22..<26).contains(place) ? 0 : page[index]
            sum = sum << 8 ^ table[Int(UInt8(truncatingIfNeeded: sum >> 24) ^ byte)]
        }
        return sum
    }

    private static let table: [UInt32] = (0..<256).map { index in
        var value = UInt32(index) << 24
        for _ in 0..<8 { value = value & 0x8000_0000 != 0 ? value << 1 ^ 0x04C1_1DB7 : value << 1 }
        return value
    }
}
