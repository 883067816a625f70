import Platform

// How what goes into cores is written down: messages as their bytes on the wire, without what was
// proved by them; addresses as their text.

extension Request: Codable {
    public init(from decoder: any Decoder) throws {
        guard case .request(var request) = try recordedMessage(from: decoder) else {
            throw unreadable("a request", decoder)
        }
        request.vias.removeAll(where: \.isPlaceholder)
        self = request
    }

    public func encode(to encoder: any Encoder) throws {
        var bare = self
        bare.fields.remove(.authorization)
        bare.fields.remove(.proxyAuthorization)
        // One that was not sent yet has no Via, and no message is read without.
        if bare.vias.isEmpty { bare.vias = [.placeholder] }
        try encodeText(bare.encoded(), to: encoder)
    }
}

extension Response: Codable {
    public init(from decoder: any Decoder) throws {
        guard case .response(var response) = try recordedMessage(from: decoder) else {
            throw unreadable("a response", decoder)
        }
        response.vias.removeAll(where: \.isPlaceholder)
        self = response
    }

    public func encode(to encoder: any Encoder) throws {
        var whole = self
        if whole.vias.isEmpty { whole.vias = [.placeholder] }
        try encodeText(whole.encoded(), to: encoder)
    }
}

extension URI: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        do {
            self = try URI(text)
        } catch {
            throw unreadable("a URI", decoder)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension NameAddress: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let route = try? Route(parsing: text) else {
            throw unreadable("an address", decoder)
        }
        self = route.address
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Route(self).fieldText)
    }
}

extension Status: Codable {
    public init(from decoder: any Decoder) throws {
        guard let status = Status(try decoder.singleValueContainer().decode(Int.self)) else {
            throw unreadable("a status", decoder)
        }
        self = status
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(code)
    }
}

extension Via {
    private static var placeholderBranch: String { "z9hG4bKnone" }

    fileprivate static var placeholder: Via {
        Via(
            transport: .udp, host: .name("recorded.invalid"), port: nil,
            branch: placeholderBranch, rport: .absent)
    }

    fileprivate var isPlaceholder: Bool { branch == Self.placeholderBranch }
}

private func encodeText(_ bytes: [UInt8], to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    // A byte a character: what is no UTF-8 comes back as it was.
    let bare = withoutKeys(bytes)
    try container.encode(String(String.UnicodeScalarView(bare.map { Unicode.Scalar($0) })))
}

/// The bytes without the keys that a description may bring (RFC 4568 §9.1), and without the passwords of
/// checks (RFC 8839 §5.4): as many stars stand in for a key, zeros for a password, which can be read as
/// one, so that nothing else changes.
func withoutKeys(_ bytes: [UInt8]) -> [UInt8] {
    let secrets = [("inline:", UInt8(ascii: "*")), ("ice-pwd:", UInt8(ascii: "0"))]
    let words = secrets.map { (Array($0.0.utf8), $0.1) }
    var result = bytes
    var start = 0
    while let found = result[start...].firstIndex(of: UInt8(ascii: "i")) {
        start = found + 1
        guard let (word, cover) = words.first(where: { result[found...].starts(with: $0.0) })
        else { continue }
        var index = found + word.count
        while index < result.count, result[index] > 32, result[index] != UInt8(ascii: "|") {
            result[index] = cover
            index += 1
        }
        start = index
    }
    return result
}

private func recordedMessage(from decoder: any Decoder) throws -> ParsedMessage {
    let text = try decoder.singleValueContainer().decode(String.self)
    var parser = MessageParser()
    let bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    return parser.parse(bytes, framing: .datagram)
}

private func unreadable(_ meaning: String, _ decoder: any Decoder) -> DecodingError {
    .dataCorrupted(
        DecodingError.Context(
            codingPath: decoder.codingPath, debugDescription: "this is not \(meaning)"))
}
