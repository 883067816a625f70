/// A Call-ID that this call answers (RFC 3261 §20.21).
public struct InReplyTo: FieldValue {
    public static let fieldName = FieldName.inReplyTo
    public static let form = FieldForm.list
    public var callID: String

    public init(_ callID: String) {
        self.callID = callID
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        callID = try reader.callIDText()
    }

    public func write(to writer: inout FieldWriter) {
        writer.writeLine(callID)
    }
}
