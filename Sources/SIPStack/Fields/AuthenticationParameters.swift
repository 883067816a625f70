/// A scheme with comma-separated parameters: what challenges and credentials look like
/// (RFC 3261 §25.1, RFC 8760).
public struct AuthenticationParameters: Sendable, Equatable {
    /// `Digest`, or a scheme that we do not know.
    public var scheme: String
    public var parameters: Parameters
    /// What follows a scheme other than Digest, as it stands.
    public var otherText: String?

    public init(scheme: String = "Digest", parameters: Parameters = Parameters()) {
        self.scheme = scheme
        self.parameters = parameters
    }

    public var isDigest: Bool { equalIgnoringCase(scheme, "Digest") }

    public static func == (first: Self, second: Self) -> Bool {
        equalIgnoringCase(first.scheme, second.scheme)
            && first.parameters == second.parameters && first.otherText == second.otherText
    }

    subscript(quoted name: String) -> String? {
        get { parameters[name] }
        set {
            if let newValue {
                parameters.setQuoted(name, newValue)
            } else {
                parameters.remove(name)
            }
        }
    }

    subscript(plain name: String) -> String? {
        get { parameters[name] }
        set { parameters[name] = newValue }
    }
}

extension FieldReader {
    mutating func authenticationParameters() throws(FieldError) -> AuthenticationParameters {
        var result = AuthenticationParameters(scheme: try token())
        skipSpace()
        // Another scheme's parameters are its own business, and nobody here reads them.
        if result.isDigest {
            result.parameters = try commaParameters()
        } else {
            result.otherText = evened(rest())
        }
        return result
    }

    /// `auth-param *(COMMA auth-param)` up to the end.
    mutating func commaParameters() throws(FieldError) -> Parameters {
        var parameters = Parameters()
        repeat {
            guard parameters.list.count < MessageLimits.listLength else {
                throw failure(.tooManyElements)
            }
            let parameter = try parameter()
            guard parameter.value != nil else { throw failure(.expected(UInt8(ascii: "="))) }
            parameters.append(parameter)
        } while takeSpaced(UInt8(ascii: ","))
        skipSpace()
        try expectEnd()
        return parameters
    }
}

extension FieldWriter {
    mutating func write(_ value: AuthenticationParameters) {
        write(value.scheme)
        write(UInt8(ascii: " "))
        if let text = value.otherText {
            writeLine(text)
        } else {
            writeCommaParameters(value.parameters)
        }
    }

    mutating func writeCommaParameters(_ parameters: Parameters) {
        for (index, parameter) in parameters.list.enumerated() {
            if index > 0 { write(", ") }
            write(parameter)
        }
    }
}
