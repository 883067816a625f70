import Platform

/// The way into the stack and out of it: takes the network's bytes, gives events, sends messages.
///
/// All calls about one Call-ID are ordered with each other.
public final class SIPTransport: NetworkSink {
    public init(
        world: World, network: any SignallingNetwork, shardCount: Int,
        configuration: SIPTransportConfiguration, defaultSink: (any SIPSink)? = nil
    ) {
    }

    public func receive(_ event: NetworkEvent) {
    }

    /// The sink of what belongs to no dialog. Set once, before the network starts, where it could
    /// not be given to `init`.
    public func setDefaultSink(_ sink: any SIPSink) {
    }

    /// Opens a client transaction: adds our Via and sends. The sink gets its responses.
    public func send(
        _ request: Request, to destination: Destination, sink: any SIPSink
    ) -> ClientTransactionID {
        ClientTransactionID(shard: 0, number: 0)
    }

    /// Sends the ACK of a 2xx: outside transactions, each time it is asked for.
    public func acknowledge(_ acknowledgement: Request, to destination: Destination) {
    }

    /// Sends CANCEL for an INVITE, at once or as soon as a provisional response has come
    /// (RFC 3261 §9.1). Nothing where a final response has come.
    ///
    /// - Parameter reason: the text of the CANCEL's Reason field (RFC 3326).
    public func cancel(_ id: ClientTransactionID, reason: String?) {
    }

    /// Sends a response. A 2xx to an INVITE may be sent again until its ACK has come.
    public func respond(_ response: Response, to id: ServerTransactionID) {
    }

    /// From now on the dialog's requests and ACKs come to this sink, and what happens to the INVITE
    /// that began it.
    public func register(_ dialog: DialogID, sink: any SIPSink) {
    }

    /// Requests within the dialog are answered with 481 from now on.
    public func unregister(_ dialog: DialogID) {
    }

    /// From now on the events of a server transaction (`cancelled`, `unanswered`) come to this sink.
    public func assign(_ id: ServerTransactionID, to sink: any SIPSink) {
    }

    /// Whether messages can still go by a flow: false for a stream that is gone.
    public func isOpen(_ flow: Flow) -> Bool {
        true
    }

    /// Stops the stack: takes and gives nothing any more, and forgets its sinks.
    public func close() {
    }
}
