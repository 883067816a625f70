import Platform

extension SessionDescription {
    /// The description as bytes, lines in the order of RFC 8866 §5.
    public func encoded() -> [UInt8] {
        var out = SDPWriter()
        out.line("v", "0")
        out.line(
            "o", "\(origin.name) \(origin.identifier) \(origin.version) \(origin.address.text)")
        out.line("s", name)
        let early = Array("iuep".utf8)
        for other in otherLines where early.contains(other.letter) { out.line(other) }
        if let connection { out.line("c", connection.text) }
        for bandwidth in bandwidths { out.line("b", "\(bandwidth.kind):\(bandwidth.value)") }
        for other in otherLines where !early.contains(other.letter) { out.line(other) }
        for attribute in attributes { out.line("a", attribute.text) }
        for line in media { out.write(line) }
        return out.bytes
    }
}

/// Collects lines.
private struct SDPWriter {
    var bytes: [UInt8] = []

    mutating func line(_ letter: Character, _ value: String) {
        line(SDPLine(letter: letter.asciiValue ?? UInt8(ascii: "a"), value: value))
    }

    mutating func line(_ line: SDPLine) {
        bytes.append(line.letter)
        bytes.append(UInt8(ascii: "="))
        // A value can never break out of its line, whatever a program put into it.
        bytes.append(contentsOf: line.value.utf8.lazy.filter { $0 != 13 && $0 != 10 && $0 != 0 })
        bytes.append(13)
        bytes.append(10)
    }

    mutating func write(_ media: MediaDescription) {
        let ports = media.portCount == 1 ? "\(media.port)" : "\(media.port)/\(media.portCount)"
        let words = [media.kind.text, ports, media.profile.text] + media.formats
        line("m", words.joined(separator: " "))
        let early = UInt8(ascii: "i")
        for other in media.otherLines where other.letter == early { line(other) }
        for connection in media.connections { line("c", connection.text) }
        for bandwidth in media.bandwidths { line("b", "\(bandwidth.kind):\(bandwidth.value)") }
        for other in media.otherLines where other.letter != early { line(other) }
        for attribute in media.attributes { line("a", attribute.text) }
    }
}

extension SDPConnection {
    /// `IN IP4 192.0.2.1`.
    var text: String {
        let tail = suffix.map { "/\($0)" } ?? ""
        let family = isIPv6 ? "IP6" : "IP4"
        switch host {
        case .address(let address): return "IN \(family) \(address)\(tail)"
        case .name(let name): return "IN \(family) \(name)\(tail)"
        }
    }
}

extension SDPAttribute {
    /// What stands behind `a=`.
    var text: String {
        switch self {
        case .rtpMap(let map): "rtpmap:\(map.payloadType) \(map.codec)"
        case .formatParameters(let number, let parameters): "fmtp:\(number) \(parameters)"
        case .packetTime(let duration): "ptime:\(duration.wholeMilliseconds)"
        case .maximumPacketTime(let duration): "maxptime:\(duration.wholeMilliseconds)"
        case .direction(let direction): direction.rawValue
        case .rtcp(let port, nil): "rtcp:\(port)"
        case .rtcp(let port, let address?): "rtcp:\(port) \(address.text)"
        case .rtcpMux: "rtcp-mux"
        case .crypto(let crypto): "crypto:\(crypto.text)"
        case .fingerprint(let fingerprint): "fingerprint:\(fingerprint.text)"
        case .setup(let role): "setup:\(role.rawValue)"
        case .other(let name, let value): value.map { "\(name):\($0)" } ?? name
        }
    }
}

extension Duration {
    /// For SDP, which writes times as whole milliseconds.
    var wholeMilliseconds: Int64 { nanoseconds / 1_000_000 }
}
