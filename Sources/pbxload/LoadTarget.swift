import Platform

/// What is loaded, as it was named: `udp:HOST:PORT`, `tcp:[::1]:5060`, `tls:exchange.lan`.
struct LoadTarget: Equatable, Sendable {
    /// A DNS name has at most 253 bytes (RFC 1035 §3.1).
    private static let longestHost = 253

    var transport: TransportKind
    /// A name or an address, without brackets.
    var host: String
    var port: UInt16

    /// Nil where the text is nothing of the kind.
    init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"),
            let transport = TransportKind(rawValue: text[..<colon].lowercased()),
            [.udp, .tcp, .tls].contains(transport)
        else { return nil }
        let rest = text[text.index(after: colon)...]
        guard let (host, digits) = Self.split(rest) else { return nil }
        guard let port = digits.map(Self.port) ?? transport.defaultPort else { return nil }
        guard !host.isEmpty, host.utf8.count <= Self.longestHost,
            host.utf8.allSatisfy(Self.isOfHost)
        else { return nil }
        self.transport = transport
        self.host = host
        self.port = port
    }

    /// The host as a URI writes it.
    var uriHost: String { host.contains(":") ? "[\(host)]" : host }

    private static func split(_ text: Substring) -> (host: String, port: Substring?)? {
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let host = String(text[..<end].dropFirst())
            guard host.contains(":"), IPAddress(host) != nil else { return nil }
            let rest = text[text.index(after: end)...]
            if rest.isEmpty { return (host, nil) }
            guard rest.first == ":" else { return nil }
            return (host, rest.dropFirst())
        }
        guard let colon = text.firstIndex(of: ":") else { return (String(text), nil) }
        let port = text[text.index(after: colon)...]
        // An IPv6 address without brackets leaves open where the port begins.
        return port.contains(":") ? nil : (String(text[..<colon]), port)
    }

    private static func port(_ digits: Substring) -> UInt16? {
        // `UInt16` alone would read a sign.
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return UInt16(digits).flatMap { $0 == 0 ? nil : $0 }
    }

    private static func isOfHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "_"), UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
