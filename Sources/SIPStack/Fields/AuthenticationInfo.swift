/// What a server says after credentials were right: the next nonce, its own proof
/// (RFC 3261 §20.6, RFC 8760 §2.6).
public struct AuthenticationInfo: FieldValue {
    public static let fieldName = FieldName.authenticationInfo
    public var parameters: Parameters

    public init(parameters: Parameters = Parameters()) {
        self.parameters = parameters
    }

    public var nextNonce: String? {
        get { parameters["nextnonce"] }
        set {
            if let newValue {
                parameters.setQuoted("nextnonce", newValue)
            } else {
                parameters.remove("nextnonce")
            }
        }
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        parameters = try reader.commaParameters()
    }

    public func write(to writer: inout FieldWriter) {
        writer.writeCommaParameters(parameters)
    }
}

/// The same from a proxy (RFC 3261 §22.3, RFC 7615).
public struct ProxyAuthenticationInfo: FieldValue {
    public static let fieldName = FieldName.proxyAuthenticationInfo
    public var parameters: Parameters

    public init(parameters: Parameters = Parameters()) {
        self.parameters = parameters
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        parameters = try reader.commaParameters()
    }

    public func write(to writer: inout FieldWriter) {
        writer.writeCommaParameters(parameters)
    }
}
