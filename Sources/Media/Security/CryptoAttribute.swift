import Wire

/// `a=crypto` (RFC 4568 §9.1): a key in the description itself.
///
/// A line that asks for what the exchange does not do (several keys and their identifiers, packets in
/// the clear, key derivation anew) counts as none: the party has others, or talks to us plainly.
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

    /// `inline:BASE64|2^31`; a lifetime is longer than any call, whatever it says.
    private static func key(in word: Substring, of suite: SRTPSuite) -> SRTPKey? {
        let method = "inline:"
        guard word.prefix(method.count).lowercased() == method else { return nil }
        let parts = word.dropFirst(method.count).split(
            separator: "|", omittingEmptySubsequences: false)
        // A part with a colon names the key in every packet (MKI); a semicolon begins another key.
        guard let text = parts.first, parts.count <= 2, !word.contains(";"),
            !parts.dropFirst().contains(where: { $0.contains(":") })
        else { return nil }
        // Some phones leave the padding out.
        let missing = (4 - text.utf8.count % 4) % 4
        return Base64.decode(text + String(repeating: "=", count: missing)).flatMap {
            SRTPKey(suite, bytes: $0)
        }
    }

    /// Session parameters that change nothing for us, or may be passed over (RFC 4568 §6.3).
    private static func isHarmless(_ parameter: Substring) -> Bool {
        parameter.hasPrefix("-") || parameter.hasPrefix("WSH=")
    }

    /// What stands behind `crypto:`.
    var text: String { "\(tag) \(key.suite.name) inline:\(Base64.encode(key.bytes))" }
}
