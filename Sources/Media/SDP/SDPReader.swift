import Platform

/// Reads a session description line by line: `v=` first, then session lines, then m-lines.
///
/// Order among the session lines is not insisted on, and `s=` and `t=` may be missing: phones get
/// these wrong and nothing depends on them. What the exchange acts on (`o c b m`) must be right.
struct SDPReader {
    private let bytes: [UInt8]
    private let limits: SDPLimits
    private var position = 0
    private var lineStart = 0
    private var lineCount = 0

    init(bytes: [UInt8], limits: SDPLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func read() throws(SDPError) -> SessionDescription {
        guard bytes.count <= limits.byteCount else {
            throw SDPError(.tooLong(limit: limits.byteCount), at: limits.byteCount)
        }
        guard let version = try nextLine(), version.letter == UInt8(ascii: "v"),
            text(version.value) == "0"
        else { throw SDPError(.versionMissing, at: 0) }
        var origin: SDPOrigin?
        var result = SessionDescription(
            origin: SDPOrigin(
                identifier: "0", version: "0", address: SDPConnection(IPAddress.anyV4)),
            otherLines: [])
        while let line = try nextLine() {
            if line.letter == UInt8(ascii: "m") {
                guard result.media.count < limits.mediaCount else {
                    throw error(.tooManyMedia(limit: limits.mediaCount))
                }
                result.media.append(try media(line.value))
            } else if !result.media.isEmpty {
                try take(line, into: &result.media[result.media.count - 1])
            } else if line.letter == UInt8(ascii: "o") {
                guard origin == nil else { throw error(.originRepeated) }
                origin = try readOrigin(line.value)
            } else {
                try take(line, into: &result)
            }
        }
        result.otherLines = Self.inWrittenOrder(result.otherLines, early: Array("iuep".utf8))
        for index in result.media.indices {
            result.media[index].otherLines = Self.inWrittenOrder(
                result.media[index].otherLines, early: Array("i".utf8))
        }
        guard let origin else { throw SDPError(.originMissing, at: bytes.count) }
        result.origin = origin
        return result
    }

    /// Lines that came out of their place as they will be written (RFC 8866 §5), so that a
    /// description reads the same before and after.
    private static func inWrittenOrder(_ lines: [SDPLine], early: [UInt8]) -> [SDPLine] {
        lines.filter { early.contains($0.letter) } + lines.filter { !early.contains($0.letter) }
    }

    private func error(_ kind: SDPError.Kind) -> SDPError { SDPError(kind, at: lineStart) }

    private func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// The next line; nil at the end. Empty lines and NULs at the very end are padding.
    private mutating func nextLine() throws(SDPError) -> (letter: UInt8, value: ArraySlice<UInt8>)?
    {
        guard bytes[position...].contains(where: { $0 != 13 && $0 != 10 && $0 != 0 && $0 != 32 })
        else { return nil }
        lineStart = position
        lineCount += 1
        guard lineCount <= limits.lineCount else {
            throw error(.tooManyLines(limit: limits.lineCount))
        }
        let window = bytes[position...].prefix(limits.lineLength + 2)
        var end = window.endIndex
        if let newline = window.firstIndex(of: 10) {
            end = newline
            position = newline + 1
        } else if window.endIndex == bytes.endIndex && window.count <= limits.lineLength {
            position = end
        } else {
            throw error(.lineTooLong(limit: limits.lineLength))
        }
        var line = bytes[lineStart..<end]
        while let last = line.last, last == 13 || last == 0 { line = line.dropLast() }
        guard line.count >= 2, line[line.startIndex + 1] == UInt8(ascii: "="),
            isLetter(line[line.startIndex]), !line.contains(0), !line.contains(13)
        else { throw error(.malformedLine) }
        return (line[line.startIndex], line.dropFirst(2))
    }

    private func isLetter(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte)
    }

    private func words(_ value: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        value.split { $0 == 32 || $0 == 9 }
    }

    private func take(
        _ line: (letter: UInt8, value: ArraySlice<UInt8>), into result: inout SessionDescription
    ) throws(SDPError) {
        switch line.letter {
        case UInt8(ascii: "s"): result.name = text(line.value)
        case UInt8(ascii: "c"): result.connection = try connection(words(line.value)[...])
        case UInt8(ascii: "b"): result.bandwidths.append(try bandwidth(line.value))
        case UInt8(ascii: "a"): result.attributes.append(attribute(line.value))
        default:
            result.otherLines.append(SDPLine(letter: line.letter, value: text(line.value)))
        }
    }

    private func take(
        _ line: (letter: UInt8, value: ArraySlice<UInt8>), into media: inout MediaDescription
    ) throws(SDPError) {
        switch line.letter {
        case UInt8(ascii: "c"): media.connections.append(try connection(words(line.value)[...]))
        case UInt8(ascii: "b"): media.bandwidths.append(try bandwidth(line.value))
        case UInt8(ascii: "a"): media.attributes.append(attribute(line.value))
        case UInt8(ascii: "o"): throw error(.originRepeated)
        default:
            media.otherLines.append(SDPLine(letter: line.letter, value: text(line.value)))
        }
    }

    private func readOrigin(_ value: ArraySlice<UInt8>) throws(SDPError) -> SDPOrigin {
        let parts = words(value)
        // The name may hold spaces in the wild: the five fields after it are counted from the end.
        guard parts.count >= 6 else { throw error(.malformedOrigin) }
        let fixed = parts.suffix(5)
        let identifier = fixed[fixed.startIndex]
        let version = fixed[fixed.startIndex + 1]
        guard isDigits(identifier), isDigits(version),
            let address = try? connection(fixed.dropFirst(2))
        else { throw error(.malformedOrigin) }
        let name = parts.dropLast(5).map { text($0) }.joined(separator: " ")
        return SDPOrigin(
            name: name, identifier: text(identifier), version: text(version), address: address)
    }

    private func isDigits(_ word: ArraySlice<UInt8>) -> Bool {
        (1...32).contains(word.count) && word.allSatisfy { (48...57).contains($0) }
    }

    /// `IN IP4 host`, with an optional `/ttl` or `/ttl/count` behind an address.
    private func connection(_ parts: ArraySlice<ArraySlice<UInt8>>) throws(SDPError)
        -> SDPConnection
    {
        guard parts.count == 3, let kind = parts.first, text(kind) == "IN" else {
            throw error(.malformedConnection)
        }
        let family = text(parts[parts.startIndex + 1])
        guard family == "IP4" || family == "IP6" else { throw error(.malformedConnection) }
        let whole = parts[parts.startIndex + 2]
        let slash = whole.firstIndex(of: UInt8(ascii: "/"))
        let host = whole[..<(slash ?? whole.endIndex)]
        let suffix = slash.map { text(whole[($0 + 1)...]) }
        guard suffix?.isEmpty != true else { throw error(.malformedConnection) }
        if let address = IPAddress(utf8: host) {
            // Some phones write an IPv4 address behind IP6 or the reverse: the address counts.
            var connection = SDPConnection(address)
            connection.suffix = suffix
            return connection
        }
        guard (1...255).contains(host.count), host.allSatisfy(isHostByte) else {
            throw error(.malformedConnection)
        }
        return SDPConnection(host: .name(text(host)), isIPv6: family == "IP6", suffix: suffix)
    }

    private func isHostByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || (48...57).contains(byte) || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    private func bandwidth(_ value: ArraySlice<UInt8>) throws(SDPError) -> SDPBandwidth {
        guard let colon = value.firstIndex(of: UInt8(ascii: ":")), colon > value.startIndex,
            let amount = UInt64(text(value[(colon + 1)...]))
        else { throw error(.malformedBandwidth) }
        return SDPBandwidth(kind: text(value[..<colon]), value: amount)
    }

    /// `audio 49170/2 RTP/AVP 0 8 101`.
    private func media(_ value: ArraySlice<UInt8>) throws(SDPError) -> MediaDescription {
        let parts = words(value)
        guard parts.count >= 3 else { throw error(.malformedMedia) }
        guard parts.count - 3 <= limits.formatCount else {
            throw error(.tooManyFormats(limit: limits.formatCount))
        }
        let ports = parts[1].split(
            separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let port = UInt16(text(ports[0])), isDigits(ports[0]) else {
            throw error(.malformedMedia)
        }
        var count: UInt16 = 1
        if ports.count == 2 {
            guard let given = UInt16(text(ports[1])), given > 0, isDigits(ports[1]) else {
                throw error(.malformedMedia)
            }
            count = given
        }
        return MediaDescription(
            kind: MediaKind(text(parts[0])), port: port, portCount: count,
            profile: TransportProfile(text(parts[2])), formats: parts[3...].map { text($0) })
    }

    private func attribute(_ value: ArraySlice<UInt8>) -> SDPAttribute {
        guard let colon = value.firstIndex(of: UInt8(ascii: ":")) else {
            let name = text(value)
            if let direction = MediaDirection(rawValue: name) { return .direction(direction) }
            return name == "rtcp-mux" ? .rtcpMux : .other(name: name, value: nil)
        }
        let name = text(value[..<colon])
        let rest = value[(colon + 1)...]
        return typedAttribute(name, rest) ?? .other(name: name, value: text(rest))
    }

    private func typedAttribute(_ name: String, _ rest: ArraySlice<UInt8>) -> SDPAttribute? {
        let parts = words(rest)
        switch name {
        case "rtpmap":
            guard parts.count == 2, let number = payloadType(parts[0]),
                let codec = Codec(text(parts[1]))
            else { return nil }
            return .rtpMap(RTPMap(payloadType: number, codec: codec))
        case "fmtp":
            guard parts.count >= 2, let number = payloadType(parts[0]) else { return nil }
            let parameters = rest[parts[1].startIndex..<parts[parts.count - 1].endIndex]
            return .formatParameters(payloadType: number, text(parameters))
        case "ptime", "maxptime":
            guard parts.count == 1, let time = UInt16(text(parts[0])), time > 0 else {
                return nil
            }
            let duration = Duration.milliseconds(time)
            return name == "ptime" ? .packetTime(duration) : .maximumPacketTime(duration)
        case "rtcp":
            guard let first = parts.first, let port = UInt16(text(first)) else { return nil }
            if parts.count == 1 { return .rtcp(port: port, nil) }
            guard let address = try? connection(parts[1...]) else { return nil }
            return .rtcp(port: port, address)
        case "fingerprint":
            return CertificateFingerprint(parsing: text(rest)).map { .fingerprint($0) }
        case "setup": return HandshakeRole(rawValue: text(rest)).map { .setup($0) }
        case "crypto": return CryptoAttribute(parsing: text(rest)).map { .crypto($0) }
        default: return nil
        }
    }

    private func payloadType(_ word: ArraySlice<UInt8>) -> UInt8? {
        guard isDigits(word), let number = UInt8(text(word)), number < 128 else { return nil }
        return number
    }
}
