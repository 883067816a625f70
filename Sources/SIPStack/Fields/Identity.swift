/// Who the sender is, as a trusted element found (RFC 3325 §9.1).
public struct PAssertedIdentity: AddressField {
    public static let fieldName = FieldName.pAssertedIdentity
    public var address: NameAddress

    public init(_ address: NameAddress) {
        self.address = address
    }
}

/// Which of its identities the sender would like asserted (RFC 3325 §9.2).
public struct PPreferredIdentity: AddressField {
    public static let fieldName = FieldName.pPreferredIdentity
    public var address: NameAddress

    public init(_ address: NameAddress) {
        self.address = address
    }
}

/// Who the sender is, as devices said before RFC 3325 (draft-ietf-sip-privacy-04).
public struct RemotePartyID: AddressField {
    public static let fieldName = FieldName.remotePartyID
    public var address: NameAddress

    public init(_ address: NameAddress) {
        self.address = address
    }

    /// `calling` or `called`.
    public var party: String? { address.parameters["party"] }

    /// What must not be shown: `full`, `name`, `uri`, `off`.
    public var privacy: String? { address.parameters["privacy"] }
}

/// Which other AoRs a registration covers (RFC 7315 §4.1).
public struct PAssociatedURI: AddressField {
    public static let fieldName = FieldName.pAssociatedURI
    public var address: NameAddress

    public init(_ address: NameAddress) {
        self.address = address
    }
}

/// Which AoR was called before the request was sent on (RFC 7315 §4.2).
public struct PCalledPartyID: AddressField {
    public static let fieldName = FieldName.pCalledPartyID
    public static let form = FieldForm.single
    public var address: NameAddress

    public init(_ address: NameAddress) {
        self.address = address
    }
}
