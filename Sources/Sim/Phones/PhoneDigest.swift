import Wire

/// The phone's side of digest authentication (RFC 7616, RFC 8760), by hand.
struct PhoneDigest: Sendable {
    private static let nonceCount = "00000001"

    var username: String
    var password: String

    /// The credentials for the first of the challenges that this phone understands.
    func credentials(
        for challenges: [String], method: String, uri: String, ownNonce: String
    ) -> String? {
        for challenge in challenges {
            let values = Self.parameters(of: challenge)
            guard let realm = values["realm"], let nonce = values["nonce"] else { continue }
            let algorithm = values["algorithm"] ?? "MD5"
            guard let digest = Self.digest(named: algorithm) else { continue }
            let secret = digest("\(username):\(realm):\(password)")
            let target = digest("\(method):\(uri)")
            var words = [
                "username=\"\(username)\"", "realm=\"\(realm)\"", "nonce=\"\(nonce)\"",
                "uri=\"\(uri)\"", "algorithm=\(algorithm)",
            ]
            if values["qop"] == nil {
                words.append("response=\"\(digest("\(secret):\(nonce):\(target)"))\"")
            } else {
                let middle = "\(nonce):\(Self.nonceCount):\(ownNonce):auth"
                words += [
                    "qop=auth", "nc=\(Self.nonceCount)", "cnonce=\"\(ownNonce)\"",
                    "response=\"\(digest("\(secret):\(middle):\(target)"))\"",
                ]
            }
            if let opaque = values["opaque"] { words.append("opaque=\"\(opaque)\"") }
            return "Digest " + words.joined(separator: ", ")
        }
        return nil
    }

    private static func digest(named name: String) -> ((String) -> String)? {
        switch name.uppercased() {
        case "MD5": { hex(MessageDigest.md5(Array($0.utf8))) }
        case "SHA-256": { hex(MessageDigest.sha256(Array($0.utf8))) }
        default: nil
        }
    }

    /// The `name=value` list of a challenge or of credentials, quotes taken off.
    static func parameters(of text: String) -> [String: String] {
        var result: [String: String] = [:]
        var rest = Array(text.utf8).drop { $0 != 32 }.dropFirst()
        while let equals = rest.firstIndex(of: UInt8(ascii: "=")) {
            let name = bare(rest[..<equals]).lowercased()
            rest = rest[(equals + 1)...]
            if rest.first == UInt8(ascii: "\"") {
                rest = rest.dropFirst()
                let value = rest.prefix { $0 != UInt8(ascii: "\"") }
                result[name] = String(decoding: value, as: UTF8.self)
                rest = rest[value.endIndex...].dropFirst()
            } else {
                let value = rest.prefix { $0 != UInt8(ascii: ",") }
                result[name] = bare(value)
                rest = rest[value.endIndex...]
            }
        }
        return result
    }

    /// Without white space and commas.
    private static func bare(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.filter { $0 > 32 && $0 != UInt8(ascii: ",") }, as: UTF8.self)
    }
}
