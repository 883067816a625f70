// What the sender takes, with preferences.

/// A body that the sender takes: `application/sdp`, `text/*` (RFC 3261 §20.1).
public struct Accept: FieldValue {
    public static let fieldName = FieldName.accept
    public static let form = FieldForm.listOrEmpty
    /// Type or subtype may be `*`.
    public var range: ContentType

    public init(_ range: ContentType) {
        self.range = range
    }

    /// In thousandths; 1000 where it is not said.
    public var q: Int { range.parameters["q"].flatMap { QValue($0)?.thousandths } ?? 1000 }

    public func matches(_ type: ContentType) -> Bool {
        (range.type == "*" || equalIgnoringCase(range.type, type.type))
            && (range.subtype == "*" || equalIgnoringCase(range.subtype, type.subtype))
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        range = try ContentType(reading: &reader)
    }

    public func write(to writer: inout FieldWriter) {
        range.write(to: &writer)
    }
}

/// A packing of bodies that the sender takes (RFC 3261 §20.2).
public struct AcceptEncoding: ParameterizedToken {
    public static let fieldName = FieldName.acceptEncoding
    public static let form = FieldForm.listOrEmpty
    public var token: String
    public var parameters: Parameters

    public init(_ token: String, parameters: Parameters = Parameters()) {
        self.token = token
        self.parameters = parameters
    }
}

/// A language that the sender takes (RFC 3261 §20.3).
public struct AcceptLanguage: ParameterizedToken {
    public static let fieldName = FieldName.acceptLanguage
    public static let form = FieldForm.listOrEmpty
    public var token: String
    public var parameters: Parameters

    public init(_ token: String, parameters: Parameters = Parameters()) {
        self.token = token
        self.parameters = parameters
    }
}
