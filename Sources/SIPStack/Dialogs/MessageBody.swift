/// A message's body with the type that names its meaning. SIPStack never looks inside.
public struct MessageBody: Hashable, Sendable, Codable {
    /// `application/sdp`, without parameters that the sender didn't give.
    public var contentType: String
    public var bytes: [UInt8]

    public init(contentType: String, bytes: [UInt8]) {
        self.contentType = contentType
        self.bytes = bytes
    }

    /// A session description (RFC 8866).
    public static func sdp(_ bytes: [UInt8]) -> MessageBody {
        MessageBody(contentType: "application/sdp", bytes: bytes)
    }

    private enum CodingKeys: CodingKey {
        case contentType, bytes
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(contentType, forKey: .contentType)
        try container.encode(withoutKeys(bytes), forKey: .bytes)
    }

    /// True for a type and subtype, whatever its case and parameters (RFC 3261 §20.15).
    public func isOfType(_ type: String) -> Bool {
        let bare = contentType.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
        return bare.lowercased() == type
    }
}

extension Request {
    /// The body with its type; nil where there is none. A body without Content-Type counts as SDP,
    /// as old phones send it.
    public var content: MessageBody? {
        get { Self.content(of: body, in: fields) }
        set {
            body = newValue?.bytes ?? []
            fields[.contentType] = newValue?.contentType
        }
    }

    fileprivate static func content(of body: [UInt8], in fields: HeaderFields) -> MessageBody? {
        body.isEmpty
            ? nil
            : MessageBody(contentType: fields[.contentType] ?? "application/sdp", bytes: body)
    }
}

extension Response {
    /// The body with its type; nil where there is none.
    public var content: MessageBody? {
        get { Request.content(of: body, in: fields) }
        set {
            body = newValue?.bytes ?? []
            fields[.contentType] = newValue?.contentType
        }
    }
}
