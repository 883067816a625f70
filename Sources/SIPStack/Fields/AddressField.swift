/// A field that is a list of addresses with parameters.
public protocol AddressField: FieldValue {
    var address: NameAddress { get set }
    init(_ address: NameAddress)
}

extension AddressField {
    public static var form: FieldForm { .list }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        self.init(try reader.nameAddress(isSingle: Self.form == .single))
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(address)
    }

    public var uri: URI { address.uri }
}

/// A hop that a request still has to visit (RFC 3261 §20.34).
public struct Route: AddressField {
    public static let fieldName = FieldName.route
    public var address: NameAddress

    public init(_ address: NameAddress) {
        self.address = address
    }
}

/// A hop that wants to see the dialog's further requests (RFC 3261 §20.30).
public struct RecordRoute: AddressField {
    public static let fieldName = FieldName.recordRoute
    public var address: NameAddress

    public init(_ address: NameAddress) {
        self.address = address
    }
}

/// A hop between a registrar and a contact (RFC 3327).
public struct Path: AddressField {
    public static let fieldName = FieldName.path
    public var address: NameAddress

    public init(_ address: NameAddress) {
        self.address = address
    }
}

/// A hop that a registrar asks the phone to send its requests by (RFC 3608).
public struct ServiceRoute: AddressField {
    public static let fieldName = FieldName.serviceRoute
    public var address: NameAddress

    public init(_ address: NameAddress) {
        self.address = address
    }
}

/// Where to answer, where From is not the place (RFC 3261 §20.31).
public struct ReplyTo: AddressField {
    public static let fieldName = FieldName.replyTo
    public static let form = FieldForm.single
    public var address: NameAddress

    public init(_ address: NameAddress) {
        self.address = address
    }
}
