import Platform

/// A `sip:` or `sips:` URI (RFC 3261 §19.1). Equality is the comparison of §19.1.4.
public struct SIPURI: Sendable {
    /// True for `sips:`.
    public var isSecure: Bool
    /// The user part as it stands in the URI, escapes included.
    var userText: String?
    /// The password as it stands in the URI, escapes included.
    var passwordText: String?
    public var host: Host
    public var port: UInt16?
    /// Values as they stand in the URI, escapes included.
    public var parameters: Parameters
    /// The part after `?`: names and values as they stand in the URI, escapes included.
    public var headers: [(name: String, value: String)]

    public init(
        isSecure: Bool = false, user: String? = nil, host: Host, port: UInt16? = nil,
        parameters: Parameters = Parameters(), headers: [(name: String, value: String)] = []
    ) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.parameters = parameters
        self.headers = headers
        self.user = user
    }

    /// The user part, unescaped.
    public var user: String? {
        get { userText.map(unescaped) }
        set { userText = newValue.map { escaped($0, keeping: .user) } }
    }

    public var password: String? {
        get { passwordText.map(unescaped) }
        set { passwordText = newValue.map { escaped($0, keeping: .password) } }
    }

    /// The `transport` parameter in small letters.
    public var transport: String? {
        get { parameters["transport"]?.lowercased() }
        set { parameters["transport"] = newValue }
    }

    /// True for a loose router (RFC 3261 §16.12).
    public var isLooseRouter: Bool { parameters.contains("lr") }

    /// The `gr` parameter is there: a GRUU (RFC 5627).
    public var isGRUU: Bool { parameters.contains("gr") }

    /// The device that a public GRUU leads to, by its instance ID, unescaped; nil for a temporary one.
    public var gruu: String? { parameters["gr"].map(unescaped) }

    /// Makes it a GRUU: a public one to the device with that instance ID, a temporary one without.
    public mutating func setGRUU(_ instance: String?) {
        parameters.set("gr", instance.map { escaped($0, keeping: .uriParameter) })
    }

    /// The `ob` parameter is there: requests of the dialog shall come by this flow (RFC 5626 §4.3).
    public var isOutbound: Bool { parameters.contains("ob") }

    /// The port that is meant: the one given, else 5060, or 5061 where `sips:` or over TLS.
    public var effectivePort: UInt16 {
        port ?? (isSecure || transport == "tls" ? 5061 : 5060)
    }
}

extension FieldReader {
    /// What follows `sip:` or `sips:`, up to the end.
    mutating func sipURI(isSecure: Bool) throws(FieldError) -> SIPURI {
        var uri = SIPURI(isSecure: isSecure, host: .name(""))
        if let at = atSign() {
            let user = try escapedRun(of: .user, upTo: at)
            guard !user.isEmpty else { throw failure(.badURI) }
            uri.userText = user
            if take(UInt8(ascii: ":")) {
                uri.passwordText = try escapedRun(of: .password, upTo: at)
            }
            guard position == at else { throw failure(.badCharacter) }
            position += 1
        }
        uri.host = try host()
        uri.port = try port()
        while take(UInt8(ascii: ";")) {
            uri.parameters.append(try uriParameter())
        }
        if take(UInt8(ascii: "?")) {
            repeat {
                let name = try escapedRun(of: .uriHeader, upTo: end)
                guard !name.isEmpty else { throw failure(.badURI) }
                try expect(UInt8(ascii: "="))
                uri.headers.append((name, try escapedRun(of: .uriHeader, upTo: end)))
            } while take(UInt8(ascii: "&"))
        }
        return uri
    }

    /// The `@` that ends the user part: a user part can hold `;` and `?`, a host cannot follow
    /// without it.
    private func atSign() -> Int? {
        var index = position
        while index < end, bytes[index] != UInt8(ascii: "@") { index += 1 }
        return index < end ? index : nil
    }

    private mutating func uriParameter() throws(FieldError) -> Parameters.Parameter {
        let name = try escapedRun(of: .uriParameter, upTo: end)
        guard !name.isEmpty else { throw failure(.badURI) }
        guard take(UInt8(ascii: "=")) else { return Parameters.Parameter(name: name, value: nil) }
        let value = try escapedRun(of: .uriParameter, upTo: end)
        guard !value.isEmpty else { throw failure(.badURI) }
        return Parameters.Parameter(name: name, value: value)
    }

    /// Bytes of a class and well-formed `%HH`.
    mutating func escapedRun(of kind: ByteClass, upTo limit: Int) throws(FieldError) -> String {
        let first = position
        while position < limit {
            let byte = bytes[position]
            if byte == UInt8(ascii: "%") {
                guard position + 2 < limit, hexValue(bytes[position + 1]) != nil,
                    hexValue(bytes[position + 2]) != nil
                else { throw failure(.badEscape) }
                position += 3
            } else if ByteClass.contains(byte, kind) {
                position += 1
            } else {
                break
            }
        }
        return text(first..<position)
    }

    /// A name, an IPv4 address, or an IPv6 address in brackets.
    public mutating func host() throws(FieldError) -> Host {
        if take(UInt8(ascii: "[")) {
            let first = position
            while position < end, bytes[position] != UInt8(ascii: "]") { position += 1 }
            guard position < end, let address = Self.addressV6(bytes[first..<position]) else {
                throw failure(.badAddress)
            }
            position += 1
            return .ip(address)
        }
        let range = run(of: .host)
        guard !range.isEmpty else { throw failure(.expectedHost) }
        if ByteClass.isDigit(bytes[range.lowerBound]),
            let address = IPAddress(utf8: bytes[range])
        {
            return .ip(address)
        }
        return .name(text(range))
    }

    /// An IPv6 address; three colons before an embedded IPv4 address, which the ABNF of RFC 3261
    /// asked for by mistake, count as two (RFC 5118 §4.10, RFC 5954).
    private static func addressV6(_ text: ArraySlice<UInt8>) -> IPAddress? {
        guard text.contains(UInt8(ascii: ":")) else { return nil }
        if let address = IPAddress(utf8: text) { return address }
        guard text.contains(UInt8(ascii: ".")) else { return nil }
        var fixed: [UInt8] = []
        for byte in text where byte != 58 || fixed.suffix(2) != [58, 58] { fixed.append(byte) }
        return IPAddress(utf8: fixed)
    }

    /// `[ ":" port ]`.
    mutating func port() throws(FieldError) -> UInt16? {
        guard take(UInt8(ascii: ":")) else { return nil }
        return try portNumber()
    }

    mutating func portNumber() throws(FieldError) -> UInt16 {
        guard let port = UInt16(exactly: try number(upTo: 65535)) else { throw failure(.badPort) }
        return port
    }
}

extension FieldWriter {
    public mutating func write(_ uri: SIPURI) {
        write(uri.isSecure ? "sips:" : "sip:")
        if let user = uri.userText {
            write(user)
            if let password = uri.passwordText {
                write(UInt8(ascii: ":"))
                write(password)
            }
            write(UInt8(ascii: "@"))
        }
        write(uri.host.description)
        if let port = uri.port {
            write(UInt8(ascii: ":"))
            write(port)
        }
        for parameter in uri.parameters.list {
            write(UInt8(ascii: ";"))
            writeEscaped(parameter.name, keeping: .uriParameter)
            if let value = parameter.value, !value.isEmpty {
                write(UInt8(ascii: "="))
                writeEscaped(value, keeping: .uriParameter)
            }
        }
        for (index, header) in uri.headers.enumerated() {
            write(UInt8(ascii: index == 0 ? "?" : "&"))
            writeEscaped(header.name, keeping: .uriHeader)
            write(UInt8(ascii: "="))
            writeEscaped(header.value, keeping: .uriHeader)
        }
    }
}
