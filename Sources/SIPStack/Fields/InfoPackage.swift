// INFO packages (RFC 6086).

/// Which package an INFO's body is of (RFC 6086 §7.2).
public struct InfoPackage: ParameterizedToken {
    public static let fieldName = FieldName.infoPackage
    public static let form = FieldForm.single
    public var token: String
    public var parameters: Parameters

    public init(_ token: String, parameters: Parameters = Parameters()) {
        self.token = token
        self.parameters = parameters
    }
}

/// A package that the sender takes; an empty field says none (RFC 6086 §7.3).
public struct RecvInfo: ParameterizedToken {
    public static let fieldName = FieldName.recvInfo
    public static let form = FieldForm.listOrEmpty
    public var token: String
    public var parameters: Parameters

    public init(_ token: String, parameters: Parameters = Parameters()) {
        self.token = token
        self.parameters = parameters
    }
}
