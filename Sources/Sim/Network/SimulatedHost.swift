import Platform
import Synchronization

/// One machine of the simulated network: its listeners, and the signalling network of its owner.
public final class SimulatedHost: SignallingNetwork {
    private struct Listeners {
        var all: [Listener] = []
        var lastEphemeralPort: UInt16 = 32_768
        var lastSoundPort: UInt16 = 0
        weak var sink: (any NetworkSink)?
        var address: IPAddress
    }

    private struct Listener {
        var transport: TransportKind
        var address: SocketAddress
    }

    public let name: String
    public var address: IPAddress { listeners.withLock { $0.address } }
    let network: SimulatedNetwork
    /// What keeps the way to this machine open, where it stands behind a box.
    let keepAlive: KeepAlive?
    private let listeners: Mutex<Listeners>

    init(
        name: String, address: IPAddress, network: SimulatedNetwork, keepAlive: KeepAlive? = nil
    ) {
        self.name = name
        self.keepAlive = keepAlive
        listeners = Mutex(Listeners(address: address))
        self.network = network
    }

    /// Where the events go. The host does not keep the sink alive.
    public func attach(_ sink: any NetworkSink) {
        listeners.withLock { $0.sink = sink }
    }

    /// Listens; the listener's number is the order of the calls. False where the port is taken.
    @discardableResult
    public func listen(_ transport: TransportKind, port: UInt16) -> Bool {
        let local = SocketAddress(address: address, port: port)
        let number = listeners.withLock { UInt16($0.all.count) }
        if transport == .udp {
            let isBound = network.bind(local) { [weak self] bytes, source, now in
                let flow = Flow(
                    transport: .udp, listener: number, local: local, remote: source, connection: 0)
                guard let self else { return }
                if let keepAlive, keepAlive.takes(bytes) { return }
                guard sinkAdmits(source.address, now) else { return }
                deliver(.received(bytes, on: flow, at: now))
            }
            guard isBound else { return false }
        }
        listeners.withLock { $0.all.append(Listener(transport: transport, address: local)) }
        return true
    }

    var isListening: Bool { listeners.withLock { !$0.all.isEmpty } }

    /// Takes another address; listeners and streams must be gone.
    func take(_ address: IPAddress) {
        let old = self.address
        listeners.withLock { $0.address = address }
        network.rename(self, from: old)
    }

    /// Forgets listeners and sink; gives the addresses that took datagrams.
    func forgetListeners() -> [SocketAddress] {
        listeners.withLock { listeners in
            let bound = listeners.all.filter { $0.transport == .udp }.map(\.address)
            listeners.all = []
            listeners.sink = nil
            return bound
        }
    }

    /// Takes media datagrams at a port of this host. False where the port is taken.
    func bind(port: UInt16, _ receiver: @escaping DatagramReceiver) -> Bool {
        network.bind(SocketAddress(address: address, port: port), receiver)
    }

    func unbind(port: UInt16) {
        network.unbind(SocketAddress(address: address, port: port))
    }

    /// The number of the listener for that transport and address, where there is one.
    func listener(for transport: TransportKind, at address: SocketAddress) -> UInt16? {
        listeners.withLock { listeners in
            listeners.all.firstIndex { $0.transport == transport && $0.address == address }
                .map { UInt16($0) }
        }
    }

    func makeEphemeralAddress() -> SocketAddress {
        listeners.withLock { listeners in
            let last = listeners.lastEphemeralPort
            listeners.lastEphemeralPort = last == .max ? 32_768 : last + 1
            return SocketAddress(address: listeners.address, port: listeners.lastEphemeralPort)
        }
    }

    /// The next even port of the range, round and round.
    func takeSoundPort(in range: ClosedRange<UInt16>) -> UInt16 {
        listeners.withLock { listeners in
            let next = listeners.lastSoundPort + 2
            listeners.lastSoundPort = range.contains(next) ? next : range.lowerBound
            return listeners.lastSoundPort
        }
    }

    private func sinkAdmits(_ source: IPAddress, _ now: Instant) -> Bool {
        let sink = listeners.withLock { $0.sink }
        return sink?.admits(source, at: now) ?? true
    }

    func deliver(_ event: NetworkEvent) {
        network.tell(event, at: self)
        let sink = listeners.withLock { $0.sink }
        sink?.receive(event)
    }

    /// A datagram of ours came to a port where nobody listens.
    func datagramRefused(from local: SocketAddress, by remote: SocketAddress) {
        guard let number = listener(for: .udp, at: local) else { return }
        let flow = Flow(
            transport: .udp, listener: number, local: local, remote: remote, connection: 0)
        deliver(.sendFailed(flow, reason: "port unreachable"))
    }

    // MARK: SignallingNetwork

    public func send(_ bytes: [UInt8], on flow: Flow) {
        network.tell(bytes, on: flow, leaving: self)
        network.trace.note(
            "\(flow.transport.rawValue) to \(flow.remote): \(Self.summary(bytes))",
            from: name, at: network.scheduler.now)
        if flow.transport == .udp {
            network.transmit(bytes, from: flow.local, to: flow.remote)
        } else {
            network.sendOnStream(bytes, on: flow, from: self)
        }
    }

    public func connect(
        _ attempt: ConnectionAttempt, transport: TransportKind, to remote: SocketAddress,
        certifiedFor name: String?
    ) {
        network.connect(attempt, transport: transport, from: self, to: remote)
    }

    public func close(_ flow: Flow) {
        network.closeStream(flow, from: self)
    }

    public func datagramFlow(to remote: SocketAddress) -> Flow? {
        listeners.withLock { listeners in
            let number = listeners.all.firstIndex { listener in
                listener.transport == .udp
                    && listener.address.address.isIPv4 == remote.address.isIPv4
            }
            guard let number else { return nil }
            return Flow(
                transport: .udp, listener: UInt16(number), local: listeners.all[number].address,
                remote: remote, connection: 0)
        }
    }

    /// The start line, Call-ID and CSeq of a SIP message, for the reader of a trace.
    private static func summary(_ bytes: [UInt8]) -> String {
        let lines = String(decoding: bytes.prefix(4096), as: UTF8.self).split(
            whereSeparator: \.isNewline)
        guard let first = lines.first else { return "\(bytes.count) bytes" }
        let names = ["call-id:", "cseq:"]
        let wanted = lines.dropFirst().filter { line in
            names.contains { line.lowercased().hasPrefix($0) }
        }
        return ([first] + wanted).joined(separator: " | ")
    }
}
