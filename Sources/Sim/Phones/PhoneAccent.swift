import Platform

/// How a phone writes the header sections of its messages: all of it means the same
/// (RFC 3261 §7.3.1, §7.3.3).
public struct PhoneAccent: Sendable, Equatable {
    var isCompact = false
    var isUpperCase = false
    /// `Call-ID : x`.
    var isSpacious = false
    /// The top Via asks for no port (RFC 3581).
    var isWithoutRport = false

    private static let compact: [String: String] = [
        "call-id": "i", "contact": "m", "content-encoding": "e", "content-length": "l",
        "content-type": "c", "from": "f", "subject": "s", "supported": "k", "to": "t", "via": "v",
        "event": "o", "refer-to": "r", "session-expires": "x",
    ]

    /// The same message in this accent; what is no message stays as it is.
    func spoken(_ bytes: [UInt8]) -> [UInt8] {
        let end = Array("\r\n\r\n".utf8)
        guard let bodyStart = Self.firstIndex(of: end, in: bytes), bodyStart > 0 else {
            return bytes
        }
        let head = String(decoding: bytes[..<bodyStart], as: UTF8.self)
        var lines = head.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        var isTopVia = true
        for index in lines.indices.dropFirst() {
            guard let colon = lines[index].firstIndex(of: ":") else { continue }
            let name = String(lines[index][..<colon])
            var value = String(lines[index][lines[index].index(after: colon)...])
            if isWithoutRport, isTopVia, name.lowercased() == "via" {
                isTopVia = false
                value = value.split(separator: ";").filter { $0 != "rport" }.joined(separator: ";")
            }
            lines[index] = written(name) + (isSpacious ? " :  " : ":") + value
        }
        return Array(lines.joined(separator: "\r\n").utf8) + bytes[bodyStart...]
    }

    private func written(_ name: String) -> String {
        if isCompact, let short = Self.compact[name.lowercased()] { return short }
        return isUpperCase ? name.uppercased() : name
    }

    private static func firstIndex(of pattern: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= pattern.count else { return nil }
        return (0...bytes.count - pattern.count).first { start in
            bytes[start] == pattern[0]
                && bytes[start..<start + pattern.count].elementsEqual(pattern)
        }
    }
}

/// A phone's way to the network, in its accent.
struct AccentedNetwork: SignallingNetwork {
    let network: any SignallingNetwork
    let accent: PhoneAccent

    func send(_ bytes: [UInt8], on flow: Flow) {
        network.send(accent.spoken(bytes), on: flow)
    }

    func connect(
        _ attempt: ConnectionAttempt, transport: TransportKind, to remote: SocketAddress
    ) {
        network.connect(attempt, transport: transport, to: remote)
    }

    func close(_ flow: Flow) {
        network.close(flow)
    }

    func datagramFlow(to remote: SocketAddress) -> Flow? {
        network.datagramFlow(to: remote)
    }
}
