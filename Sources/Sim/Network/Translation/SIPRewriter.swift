import Platform

/// What a box does to the SIP messages that pass it, because it means well: an "ALG".
///
/// It looks at text, as such boxes do: at Via, Contact, the Request-URI on the way in, and at the
/// connection, origin and media lines of a description.
struct SIPRewriter {
    /// From an inner port to its outer one, or back; nil where there is none.
    typealias PortMap = (UInt16) -> UInt16?

    private let rewriting: BoxPlan.Rewriting
    /// What the machine inside believes to be its address, and how it is seen outside.
    private let claimed: String
    private let outer: String

    init(rewriting: BoxPlan.Rewriting, claimed: IPAddress, outer: SocketAddress) {
        self.rewriting = rewriting
        self.claimed = claimed.description
        self.outer = outer.address.description
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
        let (head, body) = Self.parts(of: bytes)
        let newBody = rewritesDescriptions ? description(body, map: map) : body
        let lines = head.map { line in
            switch Self.name(of: line) {
            case "via", "v":
                rewritesVia ? swapped(line, claimed, for: outer, map) : line
            case "contact", "m":
                rewritesContact ? swapped(line, claimed, for: outer, map) : line
            case "content-length", "l":
                rewriting == .wrongLength ? line : "Content-Length: \(newBody.utf8.count)"
            default: line
            }
        }
        return Self.joined(lines, newBody)
    }

    private func description(_ body: String, map: PortMap) -> String {
        guard body.hasPrefix("v=0") else { return body }
        return Self.lines(of: body).map { line in
            if line.hasPrefix("c=") || line.hasPrefix("o=") {
                return swapped(line, claimed, for: outer, map)
            }
            guard line.hasPrefix("m="), rewritesPorts else { return line }
            var words = line.split(separator: " ", omittingEmptySubsequences: false)
                .map(String.init)
            guard words.count > 1, let port = UInt16(words[1]), port != 0, let new = map(port)
            else { return line }
            words[1] = String(new)
            return words.joined(separator: " ")
        }.joined(separator: "\r\n")
    }

    // MARK: In

    func inward(_ bytes: [UInt8], map: PortMap) -> [UInt8] {
        let (head, body) = Self.parts(of: bytes)
        let lines = head.enumerated().map { index, line in
            if index == 0, rewritesContact, !line.hasPrefix("SIP/2.0") {
                return swapped(line, outer, for: claimed, map)
            }
            switch Self.name(of: line) {
            case "via", "v": return rewritesVia ? swapped(line, outer, for: claimed, map) : line
            case "contact", "m":
                return rewritesContact ? swapped(line, outer, for: claimed, map) : line
            default: return line
            }
        }
        return Self.joined(lines, body)
    }

    // MARK: How well

    private var rewritesVia: Bool {
        rewriting == .whole || rewriting == .addressesOnly || rewriting == .wrongLength
    }

    private var rewritesContact: Bool { rewritesVia || rewriting == .contactOnly }

    private var rewritesDescriptions: Bool { rewritesVia || rewriting == .descriptionOnly }

    private var rewritesPorts: Bool { rewriting != .addressesOnly }

    // MARK: Text

    /// The line with the first mention of an address exchanged, and of the port that follows it.
    private func swapped(
        _ line: String, _ old: String, for new: String, _ map: PortMap
    ) -> String {
        guard let start = Self.place(of: old, in: line) else { return line }
        let end = line.index(start, offsetBy: old.count)
        var rest = line[end...]
        var port = ""
        if rest.first == ":" {
            let digits = rest.dropFirst().prefix { $0.isNumber }
            rest = rest.dropFirst(digits.count + 1)
            port = ":" + digits
            if rewritesPorts {
                // A port that is not this machine's: another one behind the box is meant.
                guard let mapped = UInt16(digits).flatMap(map) else { return line }
                port = ":\(mapped)"
            }
        }
        return line[..<start] + new + port + rest
    }

    /// Where an address stands that is not the beginning of a longer one.
    private static func place(of address: String, in line: String) -> String.Index? {
        var start = line.startIndex
        while let found = line[start...].firstRange(of: address) {
            let next = line[found.upperBound...].first
            if next.map({ !$0.isNumber && $0 != "." }) ?? true { return found.lowerBound }
            start = found.upperBound
        }
        return nil
    }

    private static func name(of line: String) -> String {
        line.prefix { $0 != ":" }.filter { $0 != " " }.lowercased()
    }

    private static func lines(of text: String) -> [String] {
        var lines: [String] = []
        var rest = text[...]
        while let end = rest.firstRange(of: "\r\n") {
            lines.append(String(rest[..<end.lowerBound]))
            rest = rest[end.upperBound...]
        }
        return lines + [String(rest)]
    }

    private static func parts(of bytes: [UInt8]) -> (head: [String], body: String) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n") else { return (lines(of: text), "") }
        return (lines(of: String(text[..<end.lowerBound])), String(text[end.upperBound...]))
    }

    private static func joined(_ head: [String], _ body: String) -> [UInt8] {
        Array((head.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }
}
