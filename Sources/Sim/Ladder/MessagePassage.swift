import Platform

/// One SIP message that left a host or arrived at one.
struct MessagePassage: Sendable {
    enum Kind: Sendable {
        case left, arrived
    }

    var kind: Kind
    var instant: Instant
    /// Where this happened: the sender of what left, the receiver of what arrived.
    var host: String
    /// As that host sees it.
    var flow: Flow
    var bytes: [UInt8]

    var source: SocketAddress { kind == .left ? flow.local : flow.remote }
    var destination: SocketAddress { kind == .left ? flow.remote : flow.local }
}

/// Sees every signalling message of a network, and what becomes of its streams.
protocol PassageObserver: AnyObject, Sendable {
    func observe(_ passage: MessagePassage)
    func observe(_ event: NetworkEvent, at host: String)
}
