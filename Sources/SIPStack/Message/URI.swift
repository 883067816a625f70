/// A URI in a SIP message: `sip:`, `sips:`, `tel:`, or any other scheme kept as text.
///
/// Equality is the comparison that the scheme's RFC gives (RFC 3261 §19.1.4, RFC 3966 §4). That
/// relation is not transitive, so a URI is not `Hashable`; compare `text` for identity.
public enum URI: Sendable, Equatable {
    /// Beside the enum, so that a copy of a URI counts one reference.
    indirect case sip(SIPURI)
    indirect case tel(TelURI)
    /// `rest` is what follows the colon, as written.
    case other(scheme: String, rest: String)

    public static func == (first: URI, second: URI) -> Bool {
        switch (first, second) {
        case (.sip(let one), .sip(let other)): one == other
        case (.tel(let one), .tel(let other)): one == other
        case (.other(let scheme, let rest), .other(let otherScheme, let otherRest)):
            equalIgnoringCase(scheme, otherScheme) && rest == otherRest
        case (.sip, _), (.tel, _), (.other, _): false
        }
    }

    /// Reads a whole URI.
    public init(_ text: String) throws(FieldError) {
        var reader = FieldReader(text)
        self = try reader.uri()
    }

    public var scheme: String {
        switch self {
        case .sip(let uri): uri.isSecure ? "sips" : "sip"
        case .tel: "tel"
        case .other(let scheme, _): scheme
        }
    }

    /// The SIP or SIPS URI, where it is one.
    public var sip: SIPURI? {
        if case .sip(let uri) = self { return uri }
        return nil
    }

    /// As it is written.
    public var text: String {
        var writer = FieldWriter()
        writer.write(self)
        return writer.text
    }
}

extension URI: CustomStringConvertible {
    public var description: String { text }
}

extension FieldReader {
    /// A URI that reaches to the end.
    public mutating func uri() throws(FieldError) -> URI {
        let first = position
        guard ByteClass.contains(peek, .host), !ByteClass.isDigit(peek) else {
            throw failure(.expectedScheme)
        }
        while position < end, ByteClass.contains(bytes[position], .scheme) { position += 1 }
        let scheme = first..<position
        guard take(UInt8(ascii: ":")) else { throw failure(.expectedScheme) }
        let uri: URI
        if matches("sip", scheme) {
            uri = .sip(try sipURI(isSecure: false))
        } else if matches("sips", scheme) {
            uri = .sip(try sipURI(isSecure: true))
        } else if matches("tel", scheme) {
            uri = .tel(try telURI())
        } else {
            let rest = run(of: .absoluteURI)
            guard !rest.isEmpty else { throw failure(.badURI) }
            uri = .other(scheme: text(scheme), rest: text(rest))
        }
        try expectEnd()
        return uri
    }
}

extension FieldWriter {
    public mutating func write(_ uri: URI) {
        switch uri {
        case .sip(let uri): write(uri)
        case .tel(let uri): write(uri)
        case .other(let scheme, let rest):
            write(scheme)
            write(UInt8(ascii: ":"))
            write(rest)
        }
    }
}
