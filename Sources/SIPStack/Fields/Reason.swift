/// Why a request or response was sent: a SIP status or a Q.850 cause (RFC 3326).
public struct Reason: ParameterizedToken {
    public static let fieldName = FieldName.reason
    /// The protocol that the cause is of: `SIP`, `Q.850`.
    public var token: String
    public var parameters: Parameters

    public init(_ token: String, parameters: Parameters = Parameters()) {
        self.token = token
        self.parameters = parameters
    }

    public init(sip status: Status, text: String) {
        self.init("SIP", cause: status.code, text: text)
    }

    public init(q850 cause: Int, text: String? = nil) {
        self.init("Q.850", cause: cause, text: text)
    }

    private init(_ name: String, cause: Int, text: String?) {
        self.init(name)
        parameters["cause"] = String(cause)
        if let text { parameters.setQuoted("text", text) }
    }

    /// What a CANCEL says to the phones that did not answer (RFC 3326 §2).
    public static let answeredElsewhere = Reason(sip: .ok, text: "Call completed elsewhere")

    public var cause: Int? { parameters["cause"].flatMap { Int($0) } }

    public var text: String? { parameters["text"] }
}
