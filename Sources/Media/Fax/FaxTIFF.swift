/// Pages as a TIFF 6.0 file of Group 4 strips, one page after the other.
///
///     II*␀ link ─► strip, directory 1, link ─► strip, directory 2, link ─► 0
///
/// A file only grows, and the link to a page is set last: it is whole at any moment.
public struct FaxTIFF: Sendable {
    /// The file's length so far.
    public private(set) var length = 0
    /// Where the link to the next page stands.
    private var link = 4

    public init() {}

    /// What is to be written for one more page, in this order.
    public mutating func append(_ page: FaxPage) -> [FilePatch] {
        var bytes: [UInt8] = length == 0 ? [0x49, 0x49, 42, 0, 0, 0, 0, 0] : []
        let strip = length + bytes.count
        bytes += page.bytes
        if (length + bytes.count) % 2 != 0 { bytes.append(0) }
        let directory = length + bytes.count
        let fields = Self.fields(of: page, strip: strip)
        // Two densities of eight bytes stand behind the directory and its link.
        let densities = directory + 2 + 12 * (fields.count + 2) + 4
        let all =
            fields + [
                Field(tag: 282, kind: .rational, value: densities),
                Field(tag: 283, kind: .rational, value: densities + 8),
            ]
        bytes += Self.little(all.count, 2)
        for field in all.sorted(by: { $0.tag < $1.tag }) { bytes += field.bytes }
        bytes += Self.little(0, 4)
        for density in [page.horizontalDensity, page.verticalDensity] {
            // Dots a centimetre.
            bytes += Self.little(density, 4) + Self.little(100, 4)
        }
        let patches = [
            FilePatch(offset: length, bytes: bytes),
            FilePatch(offset: link, bytes: Self.little(directory, 4)),
        ]
        length += bytes.count
        link = densities - 4
        return patches
    }

    private struct Field {
        enum Kind: Int {
            case short = 3
            case long = 4
            case rational = 5
        }

        var tag: Int
        var kind: Kind
        var value: Int

        var bytes: [UInt8] {
            FaxTIFF.little(tag, 2) + FaxTIFF.little(kind.rawValue, 2) + FaxTIFF.little(1, 4)
                + FaxTIFF.little(value, 4)
        }
    }

    private static func fields(of page: FaxPage, strip: Int) -> [Field] {
        [
            Field(tag: 254, kind: .long, value: 2),  // A page of several.
            Field(tag: 256, kind: .long, value: page.width),
            Field(tag: 257, kind: .long, value: page.height),
            Field(tag: 258, kind: .short, value: 1),
            Field(tag: 259, kind: .short, value: 4),  // Group 4.
            Field(tag: 262, kind: .short, value: 0),  // 0 is white.
            Field(tag: 266, kind: .short, value: 1),
            Field(tag: 273, kind: .long, value: strip),
            Field(tag: 277, kind: .short, value: 1),
            Field(tag: 278, kind: .long, value: page.height),
            Field(tag: 279, kind: .long, value: page.bytes.count),
            Field(tag: 296, kind: .short, value: 3),
        ]
    }

    private static func little(_ value: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}

extension FaxTIFF {
    /// The whole pages of a file that holds Group 4 in one strip a page, as ``append(_:)`` and
    /// libtiff write it; up to the first one that can't be read.
    public static func pages(in file: [UInt8]) -> [FaxPage] {
        var reader = FaxTIFFReader { place, count in
            place <= file.count - count ? Array(file[place..<place + count]) : nil
        }
        var pages: [FaxPage] = []
        while pages.count < FaxLimits.pages, let page = reader.next() { pages.append(page) }
        return pages
    }
}

/// Reads pages of a little-endian TIFF, also while it grows; never past its end.
public struct FaxTIFFReader {
    /// So many bytes from that place on, both of them not negative; nil where fewer are there.
    private let fetch: (Int, Int) -> [UInt8]?
    /// Where the link to the next page stands.
    private var link = 4
    private var lastDirectory = 0

    public init(_ fetch: @escaping (Int, Int) -> [UInt8]?) {
        self.fetch = fetch
    }

    /// The next page; nil where there is none (yet), or it is damaged or none of ours.
    public mutating func next() -> FaxPage? {
        // Directories that lead back would never end.
        guard let head = bytes(0, 4), head == [0x49, 0x49, 42, 0],
            let directory = number(link, 4), directory > lastDirectory,
            let count = number(directory, 2), count <= 64,
            let page = page(at: directory + 2, fieldCount: count)
        else { return nil }
        lastDirectory = directory
        link = directory + 2 + 12 * count
        return page
    }

    private func page(at start: Int, fieldCount: Int) -> FaxPage? {
        var fields: [Int: Int] = [:]
        for index in 0..<fieldCount {
            let place = start + 12 * index
            guard let tag = number(place, 2), let kind = number(place + 2, 2),
                let value = number(place + 8, kind == 3 ? 2 : 4)
            else { return nil }
            fields[tag] = value
        }
        guard fields[259] == 4, let width = fields[256], let height = fields[257],
            let strip = fields[273], let length = fields[279], length > 0,
            length <= FaxLimits.bytes, var strips = bytes(strip, length),
            let horizontal = density(fields[282], unit: fields[296], usual: 8_031),
            let vertical = density(fields[283], unit: fields[296], usual: 7_700)
        else { return nil }
        // 2: the first dot stands in the least significant bit.
        if fields[266] == 2 { for index in strips.indices { turn(&strips[index]) } }
        let page = FaxPage(
            width: width, height: height, horizontalDensity: horizontal,
            verticalDensity: vertical, bytes: strips)
        return page.isSound ? page : nil
    }

    /// Dots a metre of a rational; unit 3 counts by centimetre, 2 by inch. Nil where the file says where
    /// it is, and it is not there.
    private func density(_ place: Int?, unit: Int?, usual: Int) -> Int? {
        guard let place else { return usual }
        guard let above = number(place, 4), let below = number(place + 4, 4) else { return nil }
        let (scale, divisor) = unit == 3 ? (100, 1) : (10_000, 254)
        guard above > 0, below > 0 else { return usual }
        return (above * scale + below * divisor / 2) / (below * divisor)
    }

    private func bytes(_ place: Int, _ count: Int) -> [UInt8]? {
        guard place >= 0, count >= 0, place <= Int(UInt32.max) else { return nil }
        return fetch(place, count)
    }

    private func number(_ place: Int, _ width: Int) -> Int? {
        bytes(place, width)?.enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    }

    private func turn(_ byte: inout UInt8) {
        byte = byte >> 4 | byte << 4
        byte = (byte & 0xCC) >> 2 | (byte & 0x33) << 2
        byte = (byte & 0xAA) >> 1 | (byte & 0x55) << 1
    }
}
