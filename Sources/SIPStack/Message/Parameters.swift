/// The `;name=value` list of a field or of a URI: ordered, names without regard to case.
///
/// A field's quoted values are held without their quotes and escapes. A URI's values are held as
/// they stand in the URI, `%HH` included.
public struct Parameters: Hashable, Sendable {
    public struct Parameter: Sendable {
        public var name: String
        /// Nil for a parameter without `=`.
        public var value: String?
        /// True where a token was written in quotes; other text is always written so.
        var isQuoted = false
    }

    public private(set) var list: [Parameter] = []

    public init() {}

    public init(_ pairs: [(String, String?)]) {
        list = pairs.map { Parameter(name: $0.0, value: $0.1) }
    }

    public var isEmpty: Bool { list.isEmpty }

    /// True where the parameter is there, with or without a value.
    public func contains(_ name: String) -> Bool {
        index(of: name) != nil
    }

    /// The parameter's value; nil where it is absent, or there without one. Setting nil removes.
    public subscript(_ name: String) -> String? {
        get { index(of: name).flatMap { list[$0].value } }
        set {
            if let newValue { set(name, newValue) } else { remove(name) }
        }
    }

    /// Sets a parameter in its place, or adds it at the end; a nil value writes the name alone.
    public mutating func set(_ name: String, _ value: String?) {
        if let index = index(of: name) {
            list[index].value = value
            list[index].isQuoted = false
        } else {
            list.append(Parameter(name: name, value: value))
        }
    }

    /// The same for a value that is written in quotes even where it is a token.
    public mutating func setQuoted(_ name: String, _ value: String) {
        set(name, value)
        if let index = index(of: name) { list[index].isQuoted = true }
    }

    public mutating func remove(_ name: String) {
        list.removeAll { equalIgnoringCase($0.name, name) }
    }

    mutating func append(_ parameter: Parameter) {
        list.append(parameter)
    }

    private func index(of name: String) -> Int? {
        list.firstIndex { equalIgnoringCase($0.name, name) }
    }
}

extension Parameters.Parameter: Hashable {
    /// Names without regard to case, values byte for byte, quotes without meaning.
    public static func == (first: Self, second: Self) -> Bool {
        equalIgnoringCase(first.name, second.name) && first.value == second.value
    }

    public func hash(into hasher: inout Hasher) {
        hashIgnoringCase(name, into: &hasher)
        hasher.combine(value)
    }
}

extension FieldReader {
    /// `*(SEMI generic-param)` (RFC 3261 §25.1), up to a comma or the end.
    public mutating func parameters() throws(FieldError) -> Parameters {
        var parameters = Parameters()
        while takeSpaced(UInt8(ascii: ";")) {
            parameters.append(try parameter())
        }
        skipSpace()
        return parameters
    }

    /// `token [ "=" (token / host / quoted-string) ]`.
    mutating func parameter() throws(FieldError) -> Parameters.Parameter {
        let name = try token()
        guard takeSpaced(UInt8(ascii: "=")) else {
            return Parameters.Parameter(name: name, value: nil)
        }
        if peek == UInt8(ascii: "\"") {
            return Parameters.Parameter(name: name, value: try quotedString(), isQuoted: true)
        }
        let range = run(of: .parameterValue)
        guard !range.isEmpty else { throw failure(.expectedToken) }
        return Parameters.Parameter(name: name, value: text(range))
    }
}

extension FieldWriter {
    /// As field parameters: a value that is no token in quotes.
    public mutating func write(_ parameters: Parameters) {
        for parameter in parameters.list {
            write(UInt8(ascii: ";"))
            write(parameter)
        }
    }

    mutating func write(_ parameter: Parameters.Parameter) {
        write(parameter.name)
        guard let value = parameter.value else { return }
        write(UInt8(ascii: "="))
        let isPlain = ByteClass.holds(all: value, .parameterValue)
        if parameter.isQuoted || value.isEmpty || !isPlain {
            writeQuoted(value)
        } else {
            write(value)
        }
    }
}
