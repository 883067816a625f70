/// What a body is: `application/sdp` (RFC 3261 §20.15).
public struct ContentType: FieldValue {
    public static let fieldName = FieldName.contentType
    /// As written; compared without regard to case.
    public var type: String
    public var subtype: String
    public var parameters: Parameters

    public init(_ type: String, _ subtype: String, parameters: Parameters = Parameters()) {
        self.type = type
        self.subtype = subtype
        self.parameters = parameters
    }

    public static let sdp = ContentType("application", "sdp")
    public static let plainText = ContentType("text", "plain")
    public static let dtmfRelay = ContentType("application", "dtmf-relay")
    public static let dtmf = ContentType("application", "dtmf")
    /// A piece of a SIP message, as NOTIFY reports a REFER's outcome (RFC 3420).
    public static let sipFragment = ContentType("message", "sipfrag")
    /// RFC 3842.
    public static let messageSummary = ContentType("application", "simple-message-summary")
    /// RFC 4235.
    public static let dialogInfo = ContentType("application", "dialog-info+xml")

    public init(reading reader: inout FieldReader) throws(FieldError) {
        type = try reader.token()
        guard reader.takeSpaced(UInt8(ascii: "/")) else {
            throw reader.failure(.expected(UInt8(ascii: "/")))
        }
        subtype = try reader.token()
        parameters = try reader.parameters()
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(type)
        writer.write(UInt8(ascii: "/"))
        writer.write(subtype)
        writer.write(parameters)
    }

    /// The same type and subtype, whatever the parameters.
    public func isSameType(as other: ContentType) -> Bool {
        equalIgnoringCase(type, other.type) && equalIgnoringCase(subtype, other.subtype)
    }

    public static func == (first: ContentType, second: ContentType) -> Bool {
        first.isSameType(as: second) && first.parameters == second.parameters
    }
}

extension FieldBearing {
    public var contentType: ContentType? {
        get { one(ContentType.self) }
        set { set(newValue) }
    }
}
