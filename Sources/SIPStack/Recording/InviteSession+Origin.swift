import Platform

/// What a usage begins with: the first thing to record of it.
extension InviteSession {
    public enum Origin: Sendable, Codable {
        case calling(
            Request, to: Destination, contact: NameAddress, timer: SessionTimerTerms? = nil)
        case invited(
            Request, ServerTransactionID, on: Flow, localTag: String, contact: NameAddress,
            timer: SessionTimerTerms? = nil, responseNumber: UInt32 = 1)
    }

    public init(_ origin: Origin) {
        switch origin {
        case .calling(let request, let destination, let contact, let timer):
            self.init(calling: request, to: destination, contact: contact, timer: timer)
        case .invited(
            let request, let transaction, let flow, let localTag, let contact, let timer,
            let number):
            self.init(
                invited: request, transaction, on: flow, localTag: localTag, contact: contact,
                timer: timer, responseNumber: number)
        }
    }

    /// Of a usage that nothing has happened to yet; nil of another.
    public var origin: Origin? {
        switch (state, destination) {
        case (.calling, let destination):
            .calling(invite, to: destination, contact: contact, timer: refresh.terms)
        case (.invited(let transaction, let request), .flow(let flow)):
            .invited(
                request, transaction, on: flow, localTag: localTag, contact: contact,
                timer: refresh.terms, responseNumber: reliable.nextNumber)
        case (.invited, .address), (.invited, .certified), (.cancelling, _), (.accepted, _),
            (.established, _),
            (.ended, _):
            nil
        }
    }
}
