import Platform

/// Takes events from the stack: posts, never blocks, from any thread.
public protocol SIPSink: AnyObject, Sendable {
    func post(_ event: SIPEvent)
}

/// What the stack tells those who use it.
public enum SIPEvent: Sendable, Equatable {
    /// A new request, once: retransmissions are absorbed. Within a dialog it comes to the sink that
    /// is registered for the dialog, else to the default sink.
    case request(Request, ServerTransactionID, on: Flow)
    /// The ACK of a 2xx, each time it comes, to the dialog's sink.
    case acknowledgement(Request, on: Flow)
    /// A CANCEL matched this INVITE, which has no final response yet. The CANCEL is answered; the
    /// owner answers the INVITE, with 487.
    case cancelled(ServerTransactionID, Request)
    /// A provisional or final response. Of an INVITE each 2xx comes, those of forks and
    /// retransmitted ones too: the owner sends its ACK again.
    case response(Response, ClientTransactionID, on: Flow)
    /// No final response came, or the request did not leave. The last event of its transaction.
    case failed(ClientTransactionID, TransactionFailure)
    /// Our response did not leave, or no ACK came for it.
    case unanswered(ServerTransactionID, TransactionFailure)
    /// A stream is gone; to the default sink only.
    case flowClosed(Flow)
}

/// Where a request goes.
public enum Destination: Hashable, Sendable, Codable {
    /// By the way that a message came. A stream that is gone is not made again.
    case flow(Flow)
    /// To an address: a stream that is there is used, else one is made.
    case address(TransportKind, SocketAddress)
    /// The same by TLS, to somebody who is certified for that host name or address (RFC 5922 §4).
    case certified(SocketAddress, name: String)
}
