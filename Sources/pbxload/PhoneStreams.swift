import Platform
import Synchronization

/// A connection for each phone out of one network: sends what comes on it to its phone alone.
final class PhoneStreams: NetworkSink {
    private struct Table {
        /// Whose attempt it is, and what the phone's own transport layer calls it.
        var attempts: [ConnectionAttempt: (sink: any NetworkSink, own: ConnectionAttempt)] = [:]
        var owners: [UInt64: any NetworkSink] = [:]
        var lastAttempt: UInt64 = 0
    }

    private let network: any SignallingNetwork
    private let table = Mutex(Table())

    init(network: any SignallingNetwork) {
        self.network = network
    }

    /// The network as one phone's transport layer sees it.
    func way() -> PhoneWay { PhoneWay(network: network, streams: self) }

    fileprivate func connect(
        _ own: ConnectionAttempt, for sink: any NetworkSink, transport: TransportKind,
        to remote: SocketAddress
    ) {
        let attempt = table.withLock { table in
            table.lastAttempt += 1
            let attempt = ConnectionAttempt(number: table.lastAttempt)
            table.attempts[attempt] = (sink, own)
            return attempt
        }
        network.connect(attempt, transport: transport, to: remote, certifiedFor: nil)
    }

    func receive(_ event: NetworkEvent) {
        switch event {
        case .opened(let flow, let attempt):
            let owner = table.withLock {
                table -> (sink: any NetworkSink, own: ConnectionAttempt)? in
                guard let attempt, let owner = table.attempts.removeValue(forKey: attempt) else {
                    return nil
                }
                table.owners[flow.connection] = owner.sink
                return owner
            }
            guard let owner else { return network.close(flow) }
            owner.sink.receive(.opened(flow, attempt: owner.own))
        case .refused(let attempt, let reason):
            let owner = table.withLock { $0.attempts.removeValue(forKey: attempt) }
            if let owner { owner.sink.receive(.refused(owner.own, reason: reason)) }
        case .received(_, let flow, at: _), .sendFailed(let flow, reason: _):
            table.withLock { $0.owners[flow.connection] }?.receive(event)
        case .closed(let flow):
            table.withLock { $0.owners.removeValue(forKey: flow.connection) }?.receive(event)
        }
    }
}

/// One phone's way into the network: what it opens is its own.
final class PhoneWay: SignallingNetwork {
    private let network: any SignallingNetwork
    private let streams: PhoneStreams
    private let sink = Mutex<(any NetworkSink)?>(nil)

    fileprivate init(network: any SignallingNetwork, streams: PhoneStreams) {
        self.network = network
        self.streams = streams
    }

    /// Where events go; set once, before the phone sends.
    func deliver(to sink: any NetworkSink) {
        self.sink.withLock { $0 = sink }
    }

    func send(_ bytes: [UInt8], on flow: Flow) { network.send(bytes, on: flow) }

    func connect(
        _ attempt: ConnectionAttempt, transport: TransportKind, to remote: SocketAddress,
        certifiedFor name: String?
    ) {
        guard let sink = sink.withLock({ $0 }) else { return }
        streams.connect(attempt, for: sink, transport: transport, to: remote)
    }

    func close(_ flow: Flow) { network.close(flow) }

    func datagramFlow(to remote: SocketAddress) -> Flow? { network.datagramFlow(to: remote) }
}
