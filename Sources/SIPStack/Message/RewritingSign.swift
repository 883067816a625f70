import Platform

/// A sign that a box on the way rewrites SIP messages (an "application level gateway" of a router),
/// half of which breaks calls more often than it helps.
///
/// A phone behind translation names its own address everywhere, or has learnt its public one and names
/// that as its Contact. None knows its public address in Via and calls itself at a private one.
public struct RewritingSign: Sendable, Equatable {
    /// Where the message came from, as its Via says, too.
    public var seen: IPAddress
    /// Where the phone says it is.
    public var claimed: IPAddress

    /// Nil where nothing is odd: a message by way of other proxies, and one without a Contact, say
    /// nothing of that.
    public init?(in request: Request, from source: IPAddress) {
        guard !source.isPrivate, !source.isLoopback, request.vias.count == 1,
            request.vias.first?.host == .ip(source),
            case .ip(let claimed)? = request.contacts.first?.uri.sip?.host, claimed.isPrivate
        else { return nil }
        seen = source
        self.claimed = claimed
    }

    /// For people.
    public var words: String {
        "its messages come from \(seen) and say so, yet it calls itself \(claimed)"
    }
}
