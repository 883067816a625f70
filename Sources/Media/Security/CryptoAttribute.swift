import Wire

/// `a=crypto` (RFC 4568 §9.1): a key in the description itself.
///
/// The party's key may have an identifier, which its packets then bring with them (MKI); ours has none. A
/// line that asks for what the exchange does not do (several keys, packets in the clear, key derivation
/// anew) counts as none: the party has others, or talks to us plainly.
public struct CryptoAttribute: Hashable, Sendable {
    /// 1…9 digits: the answer names the offer's line by it.
    public var tag: UInt32
    public var key: SRTPKey

    public init(tag: UInt32, key: SRTPKey) {
        self.tag = tag
        self.key = key
    }

    /// Reads what stands behind `crypto:`.
    public init?(parsing value: String) {
        let words = value.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard words.count >= 3, words[0].utf8.count <= 9, words[0].utf8.allSatisfy(Self.isDigit),
            let tag = UInt32(words[0]), let suite = SRTPSuite(name: words[1]),
            let key = Self.key(in: words[2], of: suite),
            words.dropFirst(3).allSatisfy(Self.isHarmless)
        else { return nil }
        self.init(tag: tag, key: key)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    /// `inline:BASE64|2^31|1:4`; a lifetime is longer than any call, whatever it says.
    private static func key(in word: Substring, of suite: SRTPSuite) -> SRTPKey? {
        let method = "inline:"
        guard word.prefix(method.count).lowercased() == method else { return nil }
        let parts = word.dropFirst(method.count).split(
            separator: "|", omittingEmptySubsequences: false)
        // A semicolon begins another key; the part with a colon is the last.
        guard let text = parts.first, parts.count <= 3, !word.contains(";"),
            !parts.dropFirst().dropLast().contains(where: { $0.contains(":") })
        else { return nil }
        var identifier: [UInt8] = []
        if let last = parts.dropFirst().last, last.contains(":") {
            guard let named = Self.identifier(in: last) else { return nil }
            identifier = named
        } else if parts.count > 2 {
            return nil
        }
        // Some phones leave the padding out.
        let missing = (4 - text.utf8.count % 4) % 4
        return Base64.decode(text + String(repeating: "=", count: missing)).flatMap {
            SRTPKey(suite, bytes: $0, identifier: identifier)
        }
    }

    /// `1:4`, a number and in how many bytes packets write it; numbers beyond 64 bits are not read.
    private static func identifier(in part: Substring) -> [UInt8]? {
        let words = part.split(separator: ":", omittingEmptySubsequences: false)
        guard words.count == 2, words.allSatisfy({ $0.utf8.allSatisfy(isDigit) }),
            let number = UInt64(words[0]), let length = Int(words[1]),
            (1...SRTPKey.identifierLimit).contains(length),
            length >= 8 || number >> UInt64(8 * length) == 0
        else { return nil }
        return (0..<length).reversed().map {
            $0 < 8 ? UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) : 0
        }
    }

    /// Session parameters that change nothing for us, or may be passed over (RFC 4568 §6.3).
    private static func isHarmless(_ parameter: Substring) -> Bool {
        parameter.hasPrefix("-") || parameter.hasPrefix("WSH=")
    }

    /// What stands behind `crypto:`.
    var text: String {
        var text = "\(tag) \(key.suite.name) inline:\(Base64.encode(key.bytes))"
        if !key.identifier.isEmpty {
            let number = key.identifier.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            text += "|\(number):\(key.identifier.count)"
        }
        return text
    }
}
