/// The body that lights a busy lamp: `application/dialog-info+xml` (RFC 4235), in its full form.
public struct DialogDocument: Sendable, Equatable {
    public static let contentType = "application/dialog-info+xml"

    public enum Direction: String, Sendable {
        /// The watched party called.
        case initiator
        /// It was called.
        case recipient
    }

    public enum Phase: String, Sendable, Comparable, CaseIterable {
        case trying, proceeding, early, confirmed, terminated

        public static func < (one: Phase, other: Phase) -> Bool { one.rank < other.rank }

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// One end of a dialog.
    public struct Party: Sendable, Equatable {
        public var address: NameAddress
        /// False for one that holds: it does not render what it receives (RFC 4235 §5.2, RFC 3840).
        public var isRendering: Bool

        public init(_ address: NameAddress, isRendering: Bool = true) {
            self.address = address
            self.isRendering = isRendering
        }
    }

    /// What names the dialog in messages (RFC 4235 §4.1.2), as the watched party has it.
    ///
    /// Who watches may ask for the dialog's place with it: INVITE with Replaces, to-tag the local one
    /// and from-tag the remote one (RFC 3891 §3).
    public struct Name: Sendable, Equatable {
        public var sipCallID: String
        public var localTag: String
        public var remoteTag: String

        public init(sipCallID: String, localTag: String, remoteTag: String) {
            self.sipCallID = sipCallID
            self.localTag = localTag
            self.remoteTag = remoteTag
        }
    }

    public struct Entry: Sendable, Equatable {
        /// The same for the dialog's whole life.
        public var identifier: String
        /// Nil before the dialog is made, and where the watcher may not know.
        public var name: Name?
        public var direction: Direction?
        public var phase: Phase
        public var local: Party?
        /// Nil where the watcher may not know.
        public var remote: Party?

        public init(
            identifier: String, name: Name? = nil, direction: Direction? = nil, phase: Phase,
            local: Party? = nil, remote: Party? = nil
        ) {
            self.identifier = identifier
            self.name = name
            self.direction = direction
            self.phase = phase
            self.local = local
            self.remote = remote
        }
    }

    /// Whose dialogs these are.
    public var entity: URI
    /// One more in each document of a subscription.
    public var version: UInt32
    public var entries: [Entry]

    public init(entity: URI, version: UInt32, entries: [Entry]) {
        self.entity = entity
        self.version = version
        self.entries = entries
    }

    public func encoded() -> [UInt8] {
        var writer = XMLWriter()
        let attributes: [(name: StaticString, value: String)] = [
            ("xmlns", "urn:ietf:params:xml:ns:dialog-info"), ("version", String(version)),
            ("state", "full"), ("entity", entity.text),
        ]
        writer.element("dialog-info", attributes) { writer in
            for entry in entries { entry.write(to: &writer) }
        }
        return writer.bytes
    }

    public var body: MessageBody {
        MessageBody(contentType: Self.contentType, bytes: encoded())
    }
}

extension DialogDocument.Entry {
    fileprivate func write(to writer: inout XMLWriter) {
        var attributes: [(name: StaticString, value: String)] = [("id", identifier)]
        if let name {
            attributes.append(("call-id", name.sipCallID))
            attributes.append(("local-tag", name.localTag))
            attributes.append(("remote-tag", name.remoteTag))
        }
        if let direction { attributes.append(("direction", direction.rawValue)) }
        writer.element("dialog", attributes) { writer in
            writer.element("state", text: phase.rawValue)
            if let local { writer.element("local") { local.write(to: &$0) } }
            if let remote { writer.element("remote") { remote.write(to: &$0) } }
        }
    }
}

extension DialogDocument.Party {
    fileprivate func write(to writer: inout XMLWriter) {
        let name = address.displayName.map { [(name: "display" as StaticString, value: $0)] }
        writer.element("identity", name ?? []) { $0.text(address.uri.text) }
        writer.element("target", [("uri", address.uri.text)]) { writer in
            guard !isRendering else { return }
            writer.element("param", [("pname", "+sip.rendering"), ("pval", "no")])
        }
    }
}
