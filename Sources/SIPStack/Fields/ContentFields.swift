// How a body is encoded, and in which language.

/// How the body is packed (RFC 3261 §20.12).
public struct ContentEncoding: TokenField {
    public static let fieldName = FieldName.contentEncoding
    public var token: String

    public init(_ token: String) {
        self.token = token
    }
}

/// The body's languages (RFC 3261 §20.13).
public struct ContentLanguage: TokenField {
    public static let fieldName = FieldName.contentLanguage
    public var token: String

    public init(_ token: String) {
        self.token = token
    }
}

/// What the body is for: `session`, `render`, `icon`, … (RFC 3261 §20.11).
public struct ContentDisposition: ParameterizedToken {
    public static let fieldName = FieldName.contentDisposition
    public static let form = FieldForm.single
    public var token: String
    public var parameters: Parameters

    public init(_ token: String, parameters: Parameters = Parameters()) {
        self.token = token
        self.parameters = parameters
    }

    /// False only for `handling=optional`: a body not understood is then no error.
    public var isRequired: Bool { !equalIgnoringCase(parameters["handling"], "optional") }
}

/// `1.0` (RFC 3261 §20.24).
public struct MIMEVersion: TextField {
    public static let fieldName = FieldName.mimeVersion
    public var text: String

    public init(_ text: String) {
        self.text = text
    }
}
