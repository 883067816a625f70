/// A `tel:` URI (RFC 3966). Equality is the comparison of RFC 3966 §4.
public struct TelURI: Sendable {
    /// As written: `+1-201-555-0123`, `7042`.
    public var number: String
    public var parameters: Parameters

    public init(number: String, parameters: Parameters = Parameters()) {
        self.number = number
        self.parameters = parameters
    }

    /// True where the number begins with `+`.
    public var isGlobal: Bool { number.utf8.first == UInt8(ascii: "+") }

    /// The number without visual separators.
    public var digits: String {
        String(decoding: number.utf8.filter { !"-.()".utf8.contains($0) }, as: UTF8.self)
    }

    /// The domain or number prefix that makes a local number meaningful.
    public var phoneContext: String? { parameters["phone-context"] }
}

extension TelURI: Equatable {
    public static func == (first: TelURI, second: TelURI) -> Bool {
        equalIgnoringCase(first.digits, second.digits)
            && first.parameters.list.count == second.parameters.list.count
            && first.parameters.list.allSatisfy { parameter in
                second.parameters.contains(parameter.name)
                    && equalIgnoringCase(
                        second.parameters[parameter.name], first.parameters[parameter.name])
            }
    }
}

extension FieldReader {
    /// What follows `tel:`, up to the end.
    mutating func telURI() throws(FieldError) -> TelURI {
        let first = position
        let isGlobal = take(UInt8(ascii: "+"))
        var hasDigit = false
        while position < end, bytes[position] != UInt8(ascii: ";") {
            let byte = bytes[position]
            let isDigit =
                ByteClass.isDigit(byte)
                || !isGlobal && (hexValue(byte) != nil || byte == 42 || byte == 35)
            guard isDigit || "-.()".utf8.contains(byte) else { throw failure(.badCharacter) }
            hasDigit = hasDigit || isDigit
            position += 1
        }
        guard hasDigit else { throw failure(.badURI) }
        var uri = TelURI(number: text(first..<position))
        while take(UInt8(ascii: ";")) {
            let name = try escapedRun(of: .uriParameter, upTo: end)
            guard !name.isEmpty else { throw failure(.badURI) }
            let value = take(UInt8(ascii: "=")) ? try escapedRun(of: .uriParameter, upTo: end) : nil
            uri.parameters.append(Parameters.Parameter(name: name, value: value))
        }
        return uri
    }
}

extension FieldWriter {
    public mutating func write(_ uri: TelURI) {
        write("tel:")
        write(uri.number)
        for parameter in uri.parameters.list {
            write(UInt8(ascii: ";"))
            writeEscaped(parameter.name, keeping: .uriParameter)
            if let value = parameter.value {
                write(UInt8(ascii: "="))
                writeEscaped(value, keeping: .uriParameter)
            }
        }
    }
}
