/// A field that is free text.
public protocol TextField: FieldValue {
    var text: String { get set }
    init(_ text: String)
}

extension TextField {
    public init(reading reader: inout FieldReader) throws(FieldError) {
        self.init(reader.evenRest())
    }

    public func write(to writer: inout FieldWriter) {
        writer.writeLine(text)
    }
}

extension FieldReader {
    /// Everything that is left, in one line and without white space at its ends.
    mutating func evenRest() -> String {
        defer { position = end }
        return String(decoding: evened(bytes[position..<end]), as: UTF8.self)
    }
}

/// What the call is about (RFC 3261 §20.36).
public struct Subject: TextField {
    public static let fieldName = FieldName.subject
    public var text: String

    public init(_ text: String) {
        self.text = text
    }
}

/// The sender's organization (RFC 3261 §20.25).
public struct Organization: TextField {
    public static let fieldName = FieldName.organization
    public var text: String

    public init(_ text: String) {
        self.text = text
    }
}

/// What software sent the request (RFC 3261 §20.41).
public struct UserAgent: TextField {
    public static let fieldName = FieldName.userAgent
    public var text: String

    public init(_ text: String) {
        self.text = text
    }
}

/// What software sent the response (RFC 3261 §20.35).
public struct Server: TextField {
    public static let fieldName = FieldName.server
    public var text: String

    public init(_ text: String) {
        self.text = text
    }
}

/// What two applications tell each other (RFC 7433).
public struct UserToUser: TextField {
    public static let fieldName = FieldName.userToUser
    public var text: String

    public init(_ text: String) {
        self.text = text
    }
}

/// An identifier that lives through every B2BUA (RFC 7989).
public struct SessionID: TextField {
    public static let fieldName = FieldName.sessionID
    public var text: String

    public init(_ text: String) {
        self.text = text
    }
}
