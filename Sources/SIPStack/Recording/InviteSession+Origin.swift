import Platform

/// What a usage begins with: the first thing to record of it.
extension InviteSession {
    public enum Origin: Sendable, Codable {
        case calling(Request, to: Destination, contact: NameAddress)
        case invited(
            Request, ServerTransactionID, on: Flow, localTag: String, contact: NameAddress)
    }

    public init(_ origin: Origin) {
        switch origin {
        case .calling(let request, let destination, let contact):
            self.init(calling: request, to: destination, contact: contact)
        case .invited(let request, let transaction, let flow, let localTag, let contact):
            self.init(
                invited: request, transaction, on: flow, localTag: localTag, contact: contact)
        }
    }

    /// Of a usage that nothing has happened to yet; nil of another.
    public var origin: Origin? {
        switch (state, destination) {
        case (.calling, let destination):
            .calling(invite, to: destination, contact: contact)
        case (.invited(let transaction, let request), .flow(let flow)):
            .invited(request, transaction, on: flow, localTag: localTag, contact: contact)
        case (.invited, .address), (.cancelling, _), (.accepted, _), (.established, _),
            (.ended, _):
            nil
        }
    }
}
