/// Where a party can be reached (RFC 3261 §20.10, RFC 5626, RFC 5627).
public enum Contact: FieldValue {
    public static let fieldName = FieldName.contact
    public static let form = FieldForm.list

    /// `*`: every binding, in a REGISTER that removes them.
    case any
    case address(NameAddress)

    public init(reading reader: inout FieldReader) throws(FieldError) {
        reader.skipSpace()
        self = reader.take(UInt8(ascii: "*")) ? .any : .address(try reader.nameAddress())
    }

    public func write(to writer: inout FieldWriter) {
        switch self {
        case .any: writer.write(UInt8(ascii: "*"))
        case .address(let address): writer.write(address)
        }
    }

    /// The address, where this is not `*`.
    public var address: NameAddress? {
        if case .address(let address) = self { return address }
        return nil
    }
}

/// The parameters that a Contact's address can have.
extension NameAddress {
    /// Preference in thousandths, 0 to 1000; nil where absent or malformed (RFC 3261 §20.10).
    public var q: Int? {
        get { parameters["q"].flatMap { QValue($0)?.thousandths } }
        set {
            parameters["q"] = newValue.map { QValue(thousandths: min(max($0, 0), 1000)).text }
        }
    }

    /// Seconds that the binding shall live. A value beyond 2³²−1 is cut to it; one that is no
    /// number is 3600 (RFC 3261 §20.10, §10.3).
    public var expires: UInt32? {
        get { parameters["expires"].map { Expires.seconds(of: $0) } }
        set { parameters["expires"] = newValue.map { String($0) } }
    }

    /// `+sip.instance` without its angle brackets: the device's URN (RFC 5626 §4.1).
    public var instance: String? {
        get {
            parameters["+sip.instance"].map { text in
                text.hasPrefix("<") && text.hasSuffix(">") && text.utf8.count >= 2
                    ? String(text.dropFirst().dropLast()) : text
            }
        }
        set {
            if let newValue {
                parameters.setQuoted("+sip.instance", "<\(newValue)>")
            } else {
                parameters.remove("+sip.instance")
            }
        }
    }

    /// `reg-id`: which of a device's flows this is, from 1 (RFC 5626 §4.2).
    public var registrationID: UInt32? {
        get { parameters["reg-id"].flatMap { UInt32($0) }.flatMap { $0 > 0 ? $0 : nil } }
        set { parameters["reg-id"] = newValue.map { String($0) } }
    }

    /// `pub-gruu`: the device's public GRUU (RFC 5627 §3.3).
    public var publicGRUU: String? {
        get { parameters["pub-gruu"] }
        set { setQuotedParameter("pub-gruu", newValue) }
    }

    /// `temp-gruu`: a GRUU that hides the AoR (RFC 5627 §3.3).
    public var temporaryGRUU: String? {
        get { parameters["temp-gruu"] }
        set { setQuotedParameter("temp-gruu", newValue) }
    }

    private mutating func setQuotedParameter(_ name: String, _ value: String?) {
        if let value { parameters.setQuoted(name, value) } else { parameters.remove(name) }
    }
}
