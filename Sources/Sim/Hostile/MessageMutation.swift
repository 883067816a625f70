import Platform

/// Makes something wrong out of a message that was seen on the wire.
///
/// Whoever knows a dialog's tags and the branch of its last request is part of it, for all that SIP
/// can tell: what is made here always lacks one of these.
struct MessageMutation {
    let random: any RandomSource

    /// A request or response like that one, but of nobody's transaction, and of nobody's dialog.
    func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var text = String(decoding: bytes, as: UTF8.self)
        text = replacingValues(of: ";branch=", in: text, keeping: "z9hG4bK")
        if random.happens(perThousand: 700) || hasDialog(text) {
            text = replacingValues(of: ";tag=", in: text, keeping: "")
        }
        if random.happens(perThousand: 300) { text = renamed(text) }
        var bytes = Array(text.utf8)
        guard random.happens(perThousand: 400), !bytes.isEmpty else { return bytes }
        for _ in 0..<random.number(in: 1...8) {
            bytes[random.number(in: 0...bytes.count - 1)] = UInt8(random.below(256))
        }
        return bytes
    }

    /// BYE or CANCEL for the call of that message, with tags that are guessed.
    func ending(_ bytes: [UInt8], from source: SocketAddress) -> [UInt8] {
        let text = String(decoding: bytes, as: UTF8.self)
        let sipCallID = value(of: "Call-ID", in: text) ?? random.token(16)
        let method = random.happens(perThousand: 500) ? "BYE" : "CANCEL"
        let tag = random.happens(perThousand: 500) ? ";tag=\(random.token(8))" : ""
        let lines = [
            "\(method) sip:100@exchange.example SIP/2.0",
            "Via: SIP/2.0/UDP \(source);branch=z9hG4bK\(random.token(12))", "Max-Forwards: 70",
            "From: <sip:100@exchange.example>;tag=\(random.token(8))",
            "To: <sip:101@exchange.example>\(tag)", "Call-ID: \(sipCallID)",
            "CSeq: \(random.number(in: 1...9)) \(method)", "Content-Length: 0",
        ]
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    private func hasDialog(_ text: String) -> Bool {
        value(of: "To", in: text)?.contains(";tag=") ?? false
    }

    /// The value of the first line of that name.
    private func value(of name: String, in text: String) -> String? {
        for line in text.split(separator: "\r\n") where line.hasPrefix(name + ": ") {
            return String(line.dropFirst(name.count + 2))
        }
        return nil
    }

    /// The same with another method in its start line alone, or everywhere.
    private func renamed(_ text: String) -> String {
        let methods = ["INVITE", "BYE", "CANCEL", "ACK", "INFO", "REGISTER", "OPTIONS", "XYZZY"]
        guard let old = methods.first(where: { text.hasPrefix($0 + " ") }) else { return text }
        let new = methods[random.number(in: 0...methods.count - 1)]
        let isThorough = random.happens(perThousand: 700)
        return text.replacing(old, with: new, maxReplacements: isThorough ? .max : 1)
    }

    private func replacingValues(
        of name: String, in text: String, keeping prefix: String
    ) -> String {
        var result = ""
        var rest = text[...]
        while let found = rest.firstRange(of: name) {
            result += rest[..<found.upperBound] + prefix + random.token(10)
            rest = rest[found.upperBound...].drop { $0.isLetter || $0.isNumber || $0 == "-" }
        }
        return result + rest
    }
}
