// The session timer's fields (RFC 4028).

/// How long the call lives without a refresh (RFC 4028 §4).
public struct SessionExpires: FieldValue {
    public enum Refresher: String, Hashable, Sendable {
        case uac, uas
    }

    public static let fieldName = FieldName.sessionExpires
    /// At least 90 (RFC 4028 §4), which the reader does not insist on.
    public var seconds: UInt32
    public var parameters: Parameters

    public init(seconds: UInt32, refresher: Refresher? = nil) {
        self.seconds = seconds
        parameters = Parameters()
        self.refresher = refresher
    }

    public var refresher: Refresher? {
        get { parameters["refresher"].flatMap { Refresher(rawValue: $0.lowercased()) } }
        set { parameters["refresher"] = newValue?.rawValue }
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        seconds = try Expires(reading: &reader).number
        parameters = try reader.parameters()
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(seconds)
        writer.write(parameters)
    }
}

/// The shortest session timer that the sender takes (RFC 4028 §5).
public struct MinSE: FieldValue {
    public static let fieldName = FieldName.minSE
    public var seconds: UInt32
    public var parameters: Parameters

    public init(seconds: UInt32) {
        self.seconds = seconds
        parameters = Parameters()
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        seconds = try Expires(reading: &reader).number
        parameters = try reader.parameters()
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(seconds)
        writer.write(parameters)
    }
}
