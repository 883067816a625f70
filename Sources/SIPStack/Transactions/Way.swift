import Platform

/// A destination with what the edge knows of it when a message is sent.
enum Way: Sendable, Equatable {
    /// By this flow.
    case flow(Flow)
    /// By datagram, unless the request is too long for one: then by the stream that is there
    /// already, or by a new one to the same address.
    case datagram(Flow, stream: Flow?)
    /// By a stream that is not there yet.
    case connect(StreamTarget)
    /// Its stream is gone: by the one by which the device comes back, or by a new one of ours,
    /// whichever is first.
    case orphan(FlowPlace, target: StreamTarget?)
    /// There is none.
    case none(TransportFailure)
}

/// The far end of a stream that we make.
struct StreamTarget: Hashable, Sendable {
    var transport: TransportKind
    var remote: SocketAddress
    /// The other side must be certified for it (RFC 5922).
    var name: String?
}

/// What waits for a stream.
enum WaitingMessage: Sendable, Equatable {
    case client(ClientTransactionID)
    /// An ACK of a 2xx, which has no transaction; its Via is made when the flow is known.
    case acknowledgement(Request, branch: String)
    /// A response whose stream was closed.
    case response([UInt8], ServerTransactionID)
}
