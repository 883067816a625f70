import Platform
import SIPStack
import Sim
import Synchronization

/// The exchange's door to the network with somebody in it who meddles.
///
///     network ──► arriving ──► exchange ──► leaving ──► network
final class Door: Sendable {
    private struct Ends {
        var outside: (any SignallingNetwork)?
        var inside: (any NetworkSink)?
        var framers: [UInt64: StreamFramer] = [:]
    }

    let world: SimulatedWorld
    let random: SimulatedRandom
    private let keeper: any DoorKeeper
    private let ends = Mutex(Ends())

    init(world: SimulatedWorld, keeper: any DoorKeeper) {
        self.world = world
        self.keeper = keeper
        random = world.random(for: "plant")
    }

    /// The sabotage that is only this door.
    var sabotage: Sabotage {
        var sabotage = Sabotage()
        sabotage.network = { [self] network in
            ends.withLock { $0.outside = network }
            return DoorOutside(door: self, network: network)
        }
        sabotage.sink = { [self] sink in
            ends.withLock { $0.inside = sink }
            return DoorInside(door: self)
        }
        return sabotage
    }

    func happens(perThousand chance: UInt64) -> Bool { random.below(1000) < chance }

    /// Sends as the exchange.
    func send(_ bytes: [UInt8], on flow: Flow) {
        ends.withLock { $0.outside }?.send(bytes, on: flow)
    }

    /// Gives to the exchange.
    func deliver(_ bytes: [UInt8], on flow: Flow) {
        pass(.received(bytes, on: flow, at: world.time.now))
    }

    func admits(_ remote: IPAddress, at now: Instant) -> Bool {
        if keeper.letsAllIn { return true }
        return ends.withLock { $0.inside }?.admits(remote, at: now) ?? true
    }

    func pass(_ event: NetworkEvent) {
        ends.withLock { $0.inside }?.receive(event)
    }

    fileprivate func leave(_ bytes: [UInt8], on flow: Flow) {
        guard let message = WireText(bytes) else { return send(bytes, on: flow) }
        keeper.leaving(message, bytes, on: flow, door: self)
    }

    fileprivate func arrive(_ event: NetworkEvent) {
        if case .closed(let flow) = event {
            ends.withLock { $0.framers[flow.connection] = nil }
        }
        guard case .received(let bytes, let flow, _) = event else { return pass(event) }
        guard flow.transport != .udp else { return arrive(bytes, on: flow) }
        let framed = ends.withLock { ends -> [StreamFramer.Framed] in
            var framer = ends.framers.removeValue(forKey: flow.connection) ?? StreamFramer()
            framer.append(bytes)
            var framed: [StreamFramer.Framed] = []
            while let next = framer.next() { framed.append(next) }
            ends.framers[flow.connection] = framer
            return framed
        }
        for piece in framed {
            switch piece {
            case .message(let message): arrive(message, on: flow)
            case .keepAlivePing: deliver([13, 10, 13, 10], on: flow)
            case .keepAlivePong: deliver([13, 10], on: flow)
            case .broken: deliver(bytes, on: flow)
            }
        }
    }

    private func arrive(_ bytes: [UInt8], on flow: Flow) {
        guard let message = WireText(bytes) else { return deliver(bytes, on: flow) }
        keeper.arriving(message, bytes, on: flow, door: self)
    }
}

/// Who stands in the door: what is not passed on is lost.
protocol DoorKeeper: Sendable {
    /// Whoever is banned comes in all the same.
    var letsAllIn: Bool { get }
    func leaving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door)
    func arriving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door)
}

extension DoorKeeper {
    var letsAllIn: Bool { false }

    func leaving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        door.send(bytes, on: flow)
    }

    func arriving(_ message: WireText, _ bytes: [UInt8], on flow: Flow, door: Door) {
        door.deliver(bytes, on: flow)
    }
}

private struct DoorOutside: SignallingNetwork {
    let door: Door
    let network: any SignallingNetwork

    func send(_ bytes: [UInt8], on flow: Flow) { door.leave(bytes, on: flow) }

    func connect(
        _ attempt: ConnectionAttempt, transport: TransportKind, to remote: SocketAddress,
        certifiedFor name: String?
    ) {
        network.connect(attempt, transport: transport, to: remote, certifiedFor: name)
    }

    func close(_ flow: Flow) { network.close(flow) }

    func datagramFlow(to remote: SocketAddress) -> Flow? { network.datagramFlow(to: remote) }
}

private final class DoorInside: NetworkSink {
    private let door: Door

    init(door: Door) {
        self.door = door
    }

    func receive(_ event: NetworkEvent) { door.arrive(event) }

    func admits(_ remote: IPAddress, at now: Instant) -> Bool { door.admits(remote, at: now) }
}
