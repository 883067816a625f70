/// Whether somebody can be reached: `application/pidf+xml` (RFC 3863), with what they are doing
/// (RFC 4480).
public struct PresenceDocument: Sendable, Equatable {
    public static let contentType = "application/pidf+xml"

    /// Who is shown.
    public var entity: URI
    /// A phone can be reached.
    public var isOpen: Bool
    public var isOnThePhone: Bool

    public init(entity: URI, isOpen: Bool, isOnThePhone: Bool) {
        self.entity = entity
        self.isOpen = isOpen
        self.isOnThePhone = isOnThePhone
    }

    public func encoded() -> [UInt8] {
        var writer = XMLWriter()
        let attributes: [(name: StaticString, value: String)] = [
            ("xmlns", "urn:ietf:params:xml:ns:pidf"),
            ("xmlns:dm", "urn:ietf:params:xml:ns:pidf:data-model"),
            ("xmlns:rpid", "urn:ietf:params:xml:ns:pidf:rpid"), ("entity", entity.text),
        ]
        let note = isOnThePhone ? "On the phone" : isOpen ? "Ready" : "No phone"
        writer.element("presence", attributes) { writer in
            writer.element("tuple", [("id", "phones")]) { writer in
                writer.element("status") { $0.element("basic", text: isOpen ? "open" : "closed") }
                writer.element("contact") { $0.text(entity.text) }
                writer.element("note", text: note)
            }
            writer.element("dm:person", [("id", "person")]) { writer in
                writer.element("rpid:activities") { writer in
                    writer.element(isOnThePhone ? "rpid:on-the-phone" : "rpid:unknown")
                }
                writer.element("dm:note", text: note)
            }
        }
        return writer.bytes
    }

    public var body: MessageBody {
        MessageBody(contentType: Self.contentType, bytes: encoded())
    }
}
