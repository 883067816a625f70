/// Where to send the request that a REFER asks for (RFC 3515 §2.1).
public struct ReferTo: AddressField {
    public static let fieldName = FieldName.referTo
    public static let form = FieldForm.single
    public var address: NameAddress

    public init(_ address: NameAddress) {
        self.address = address
    }

    /// The method to send; INVITE where the URI names none.
    public var method: Method {
        address.uri.sip?.parameters["method"].map { Method($0) } ?? .invite
    }

    /// The Replaces that an attended transfer embeds in the URI (RFC 3891 §3, RFC 5589 §7).
    public var replaces: Replaces? {
        let header = address.uri.sip?.headers.first { equalIgnoringCase($0.name, "Replaces") }
        return header.flatMap { try? Replaces(parsing: unescaped($0.value)) }
    }
}

/// Who asked for the request that this is (RFC 3892 §3).
public struct ReferredBy: AddressField {
    public static let fieldName = FieldName.referredBy
    public static let form = FieldForm.single
    public var address: NameAddress

    public init(_ address: NameAddress) {
        self.address = address
    }

    /// The part of the body that proves it.
    public var contentID: String? { address.parameters["cid"] }
}

/// Whether a REFER makes a subscription (RFC 4488 §4).
public struct ReferSub: FieldValue {
    public static let fieldName = FieldName.referSub
    public var isWanted: Bool
    public var parameters: Parameters

    public init(_ isWanted: Bool, parameters: Parameters = Parameters()) {
        self.isWanted = isWanted
        self.parameters = parameters
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        switch try reader.token().lowercased() {
        case "true": isWanted = true
        case "false": isWanted = false
        default: throw reader.failure(.expectedToken)
        }
        parameters = try reader.parameters()
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(isWanted ? "true" : "false")
        writer.write(parameters)
    }
}
