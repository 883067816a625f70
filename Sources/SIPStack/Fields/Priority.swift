// How urgent a request is, and how its answer shall be given.

/// `emergency`, `urgent`, `normal`, `non-urgent` (RFC 3261 §20.26).
public struct Priority: TokenField {
    public static let fieldName = FieldName.priority
    public static let form = FieldForm.single
    public var token: String

    public init(_ token: String) {
        self.token = token
    }
}

/// `Auto` or `Manual`: an intercom call answers itself (RFC 5373 §2).
public struct AnswerMode: ParameterizedToken {
    public static let fieldName = FieldName.answerMode
    public static let form = FieldForm.single
    public var token: String
    public var parameters: Parameters

    public init(_ token: String, parameters: Parameters = Parameters()) {
        self.token = token
        self.parameters = parameters
    }
}

/// Whether early media is wanted or sent (RFC 5009).
public struct PEarlyMedia: TokenField {
    public static let fieldName = FieldName.pEarlyMedia
    public static let form = FieldForm.list
    public var token: String

    public init(_ token: String) {
        self.token = token
    }
}

/// How the caller wants the request sent on: `no-fork`, `queue`, … (RFC 3841 §9.1).
public struct RequestDisposition: TokenField {
    public static let fieldName = FieldName.requestDisposition
    public var token: String

    public init(_ token: String) {
        self.token = token
    }
}
