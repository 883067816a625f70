// Tokens that name a published or notified version: compared byte for byte.

/// The version that a PUBLISH made (RFC 3903 §11.3.1).
public struct SIPETag: TokenField {
    public static let fieldName = FieldName.sipETag
    public static let form = FieldForm.single
    public var token: String

    public init(_ token: String) {
        self.token = token
    }

    public static func == (first: Self, second: Self) -> Bool { first.token == second.token }
}

/// The version that a PUBLISH changes (RFC 3903 §11.3.2).
public struct SIPIfMatch: TokenField {
    public static let fieldName = FieldName.sipIfMatch
    public static let form = FieldForm.single
    public var token: String

    public init(_ token: String) {
        self.token = token
    }

    public static func == (first: Self, second: Self) -> Bool { first.token == second.token }
}

/// The version that a subscriber has already (RFC 5839).
public struct SuppressIfMatch: TokenField {
    public static let fieldName = FieldName.suppressIfMatch
    public static let form = FieldForm.single
    public var token: String

    public init(_ token: String) {
        self.token = token
    }

    public static func == (first: Self, second: Self) -> Bool { first.token == second.token }
}
