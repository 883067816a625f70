import Platform

/// What a box does to the SIP messages that pass it, because it means well: an "ALG".
///
/// It looks at text, as such boxes do: at Via, Contact, the Request-URI on the way in, and at the
/// connection, origin and media lines of a description. Nearly every message of a run passes one,
/// so it works on bytes.
struct SIPRewriter {
    /// From an inner port to its outer one, or back; nil where there is none.
    typealias PortMap = (UInt16) -> UInt16?

    private let rewriting: BoxPlan.Rewriting
    /// What the machine inside believes to be its address, and how it is seen outside.
    private let claimed: [UInt8]
    private let outer: [UInt8]

    init(rewriting: BoxPlan.Rewriting, claimed: IPAddress, outer: SocketAddress) {
        self.rewriting = rewriting
        self.claimed = Array(claimed.description.utf8)
        self.outer = Array(outer.address.description.utf8)
    }

    /// Text that may be SIP; sound, STUN and line breaks are not.
    static func isMessage(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first, (65...90).contains(first), bytes.count > 32 else {
            return false
        }
        return bytes.allSatisfy { $0 < 128 }
    }

    // MARK: Out

    func outward(_ bytes: [UInt8], map: PortMap) -> [UInt8] {
        let (head, body) = TextLines.parts(of: bytes)
        let newBody = rewritesDescriptions ? description(bytes[body], map: map) : bytes[body]
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 64)
        TextLines.each(of: bytes[head]) { line in
            switch Field(of: line) {
            case .via where rewritesVia, .contact where rewritesContact:
                swap(line, claimed, for: outer, map, into: &result)
            case .length where rewriting != .wrongLength:
                result += "Content-Length: \(newBody.count)".utf8
            default: result += line
            }
            result += TextLines.lineBreak
        }
        return result + TextLines.lineBreak + newBody
    }

    private func description(_ body: ArraySlice<UInt8>, map: PortMap) -> ArraySlice<UInt8> {
        guard body.starts(with: "v=0".utf8) else { return body }
        var result: [UInt8] = []
        TextLines.each(of: body) { line in
            if line.startIndex != body.startIndex { result += TextLines.lineBreak }
            switch (line.first, line.dropFirst().first) {
            case (UInt8(ascii: "c"), UInt8(ascii: "=")), (UInt8(ascii: "o"), UInt8(ascii: "=")):
                swap(line, claimed, for: outer, map, into: &result)
            case (UInt8(ascii: "m"), UInt8(ascii: "=")) where rewritesPorts:
                writeMedia(line, map, into: &result)
            default: result += line
            }
        }
        return result[...]
    }

    /// The second word of a media line is its port; 0 is none.
    private func writeMedia(
        _ line: ArraySlice<UInt8>, _ map: PortMap, into result: inout [UInt8]
    ) {
        let space = UInt8(ascii: " ")
        guard let before = line.firstIndex(of: space) else { return result += line }
        let digits = line[(before + 1)...].prefix { $0 != space }
        guard let port = Self.port(digits), port != 0, let new = map(port) else {
            return result += line
        }
        result += line[...before]
        result += "\(new)".utf8
        result += line[digits.endIndex...]
    }

    // MARK: In

    func inward(_ bytes: [UInt8], map: PortMap) -> [UInt8] {
        let (head, body) = TextLines.parts(of: bytes)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 64)
        TextLines.each(of: bytes[head]) { line in
            let isRequestLine = line.startIndex == 0 && !line.starts(with: "SIP/2.0".utf8)
            switch isRequestLine ? .contact : Field(of: line) {
            case .via where rewritesVia, .contact where rewritesContact:
                swap(line, outer, for: claimed, map, into: &result)
            default: result += line
            }
            result += TextLines.lineBreak
        }
        return result + TextLines.lineBreak + bytes[body]
    }

    // MARK: How well

    private var rewritesVia: Bool {
        rewriting == .whole || rewriting == .addressesOnly || rewriting == .wrongLength
    }

    private var rewritesContact: Bool { rewritesVia || rewriting == .contactOnly }

    private var rewritesDescriptions: Bool { rewritesVia || rewriting == .descriptionOnly }

    private var rewritesPorts: Bool { rewriting != .addressesOnly }

    // MARK: Text

    /// The lines of a head that such a box knows.
    private enum Field {
        case via, contact, length, other

        init(of line: ArraySlice<UInt8>) {
            let isNamed = { (name: StaticString) in TextLines.isNamed(line, name) }
            switch (line.first ?? 0) | 0x20 {
            case UInt8(ascii: "v"): self = isNamed("via") || isNamed("v") ? .via : .other
            case UInt8(ascii: "m"): self = isNamed("m") ? .contact : .other
            case UInt8(ascii: "l"): self = isNamed("l") ? .length : .other
            case UInt8(ascii: "c"):
                self =
                    isNamed("contact") ? .contact : isNamed("content-length") ? .length : .other
            default: self = .other
            }
        }
    }

    /// Writes the line with the first mention of an address exchanged, and of the port after it.
    private func swap(
        _ line: ArraySlice<UInt8>, _ old: [UInt8], for new: [UInt8], _ map: PortMap,
        into result: inout [UInt8]
    ) {
        guard let start = Self.place(of: old, in: line) else { return result += line }
        var rest = line[(start + old.count)...]
        var port: UInt16?
        if rewritesPorts, rest.first == UInt8(ascii: ":") {
            let digits = rest.dropFirst().prefix(while: TextLines.isDigit)
            // A port that is not this machine's: another one behind the box is meant.
            guard let mapped = Self.port(digits).flatMap(map) else { return result += line }
            port = mapped
            rest = line[digits.endIndex...]
        }
        result += line[..<start]
        result += new
        if let port { result += ":\(port)".utf8 }
        result += rest
    }

    /// Where an address stands that is not the beginning of a longer one.
    private static func place(of address: [UInt8], in line: ArraySlice<UInt8>) -> Int? {
        var start = line.startIndex
        while start + address.count <= line.endIndex {
            let end = start + address.count
            if line[start] == address[0], line[start..<end].elementsEqual(address) {
                let goesOn =
                    end < line.endIndex
                    && (TextLines.isDigit(line[end]) || line[end] == UInt8(ascii: "."))
                if !goesOn { return start }
            }
            start += 1
        }
        return nil
    }

    private static func port(_ digits: ArraySlice<UInt8>) -> UInt16? {
        UInt16(String(decoding: digits, as: UTF8.self))
    }
}

/// Lines of text as a box sees them: whatever stands between line breaks.
private enum TextLines {
    static let lineBreak: [UInt8] = [13, 10]

    /// A head without its empty line, and what follows it.
    static func parts(of bytes: [UInt8]) -> (head: Range<Int>, body: Range<Int>) {
        var place = 0
        while place + 4 <= bytes.count {
            if bytes[place] == 13, bytes[place + 1] == 10, bytes[place + 2] == 13,
                bytes[place + 3] == 10
            {
                return (0..<place, place + 4..<bytes.count)
            }
            place += 1
        }
        return (0..<bytes.count, bytes.count..<bytes.count)
    }

    static func each(of text: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) -> Void) {
        var start = text.startIndex, place = start
        while place + 1 < text.endIndex {
            guard text[place] == 13, text[place + 1] == 10 else {
                place += 1
                continue
            }
            body(text[start..<place])
            place += 2
            start = place
        }
        body(text[start...])
    }

    /// True for a line of that name (small letters), however it is written.
    static func isNamed(_ line: ArraySlice<UInt8>, _ name: StaticString) -> Bool {
        let count = name.utf8CodeUnitCount
        guard line.count > count else { return false }
        return name.withUTF8Buffer { name in
            for index in 0..<count where line[line.startIndex + index] | 0x20 != name[index] {
                return false
            }
            return line[(line.startIndex + count)...].first { $0 != UInt8(ascii: " ") }
                == UInt8(ascii: ":")
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
