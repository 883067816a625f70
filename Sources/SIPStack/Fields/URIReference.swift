/// A field whose values are a URI in angle brackets with parameters.
public protocol URIReference: FieldValue {
    var uri: URI { get set }
    var parameters: Parameters { get set }
    init(_ uri: URI, parameters: Parameters)
}

extension URIReference {
    public static var form: FieldForm { .list }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        let address = try reader.nameAddress()
        self.init(address.uri, parameters: address.parameters)
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(NameAddress(uri: uri, parameters: parameters))
    }
}

/// Another ring tone (RFC 3261 §20.4, RFC 7462).
public struct AlertInfo: URIReference {
    public static let fieldName = FieldName.alertInfo
    public var uri: URI
    public var parameters: Parameters

    public init(_ uri: URI, parameters: Parameters = Parameters()) {
        self.uri = uri
        self.parameters = parameters
    }
}

/// More about caller or callee: an icon, a card, a web page (RFC 3261 §20.9).
public struct CallInfo: URIReference {
    public static let fieldName = FieldName.callInfo
    public var uri: URI
    public var parameters: Parameters

    public init(_ uri: URI, parameters: Parameters = Parameters()) {
        self.uri = uri
        self.parameters = parameters
    }
}

/// More about an error: an announcement to play (RFC 3261 §20.18).
public struct ErrorInfo: URIReference {
    public static let fieldName = FieldName.errorInfo
    public var uri: URI
    public var parameters: Parameters

    public init(_ uri: URI, parameters: Parameters = Parameters()) {
        self.uri = uri
        self.parameters = parameters
    }
}
