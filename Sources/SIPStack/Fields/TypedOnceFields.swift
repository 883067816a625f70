// The fields that `Request` and `Response` hold as values, in the shape of the others: for those
// who have only a field, such as a message quoted in a body (RFC 3420).

/// `Via` as a field (RFC 3261 §20.42).
public struct ViaField: FieldValue {
    public static let fieldName = FieldName.via
    public static let form = FieldForm.list
    public var via: Via

    public init(_ via: Via) {
        self.via = via
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        via = try reader.via()
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(via)
    }
}

/// `From` as a field (RFC 3261 §20.20).
public struct FromField: AddressField {
    public static let fieldName = FieldName.from
    public static let form = FieldForm.single
    public var address: NameAddress

    public init(_ address: NameAddress) {
        self.address = address
    }
}

/// `To` as a field (RFC 3261 §20.39).
public struct ToField: AddressField {
    public static let fieldName = FieldName.to
    public static let form = FieldForm.single
    public var address: NameAddress

    public init(_ address: NameAddress) {
        self.address = address
    }
}

/// `CSeq` as a field (RFC 3261 §20.16).
public struct CSeqField: FieldValue {
    public static let fieldName = FieldName.cSeq
    public var cSeq: CSeq

    public init(_ cSeq: CSeq) {
        self.cSeq = cSeq
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        cSeq = try reader.cSeq()
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(cSeq)
    }
}
