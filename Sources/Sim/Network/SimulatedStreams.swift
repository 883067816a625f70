import Platform
import Synchronization

/// The streams that are open between hosts.
final class SimulatedStreams: Sendable {
    /// One direction's receiving side.
    struct End: Sendable {
        var host: SimulatedHost
        var flow: Flow
        /// When the last bytes sent so far arrive here: what is sent later comes no sooner.
        var lastArrival: Instant
        /// Closed by its owner, or told that the other side is gone.
        var isClosed = false
        /// Its process is gone.
        var isAbandoned = false
    }

    struct Stream: Sendable {
        var initiator: End
        var acceptor: End
    }

    private struct Table {
        var streams: [UInt64: Stream] = [:]
        var lastConnection: UInt64 = 0
    }

    private let table = Mutex(Table())

    var count: Int { table.withLock { $0.streams.count } }

    func nextConnection() -> UInt64 {
        table.withLock { table in
            table.lastConnection += 1
            return table.lastConnection
        }
    }

    func add(_ stream: Stream) {
        table.withLock { $0.streams[stream.initiator.flow.connection] = stream }
    }

    /// The streams of a host, as seen from it, in the order in which they were opened.
    func ends(of host: SimulatedHost) -> [(own: End, other: End)] {
        table.withLock { table in
            table.streams.sorted { $0.key < $1.key }.compactMap { _, stream in
                if stream.initiator.host === host { return (stream.initiator, stream.acceptor) }
                if stream.acceptor.host === host { return (stream.acceptor, stream.initiator) }
                return nil
            }
        }
    }

    /// Changes both ends of a stream as seen from one of them; nil where the stream is gone.
    /// A stream with both ends closed goes.
    func change<Result: Sendable>(
        _ connection: UInt64, from host: SimulatedHost,
        _ body: (_ own: inout End, _ other: inout End) -> Result
    ) -> Result? {
        table.withLock { table in
            guard var stream = table.streams[connection] else { return nil }
            let result =
                stream.initiator.host === host
                ? body(&stream.initiator, &stream.acceptor)
                : body(&stream.acceptor, &stream.initiator)
            let isOver = stream.initiator.isClosed && stream.acceptor.isClosed
            table.streams[connection] = isOver ? nil : stream
            return result
        }
    }
}

extension SimulatedNetwork {
    /// How long a connection attempt to a machine that is not there takes to fail.
    private static var noRoute: Duration { .seconds(3) }

    func connect(
        _ attempt: ConnectionAttempt, transport: TransportKind, from host: SimulatedHost,
        to remote: SocketAddress
    ) {
        let local = host.makeEphemeralAddress()
        let connection = streams.nextConnection()
        guard let acceptor = self.host(at: remote.address) else {
            return scheduler.perform(after: Self.noRoute) {
                host.deliver(.refused(attempt, reason: "no route to host"))
            }
        }
        let there = latency(from: host.address, to: remote.address)
        let back = latency(from: remote.address, to: host.address)
        scheduler.perform(after: there) { [self] in
            guard let listener = acceptor.listener(for: transport, at: remote) else {
                return scheduler.perform(after: back) {
                    host.deliver(.refused(attempt, reason: "connection refused"))
                }
            }
            let near = Flow(
                transport: transport, listener: 0, local: local, remote: remote,
                connection: connection)
            let far = Flow(
                transport: transport, listener: listener, local: remote, remote: local,
                connection: connection)
            let now = scheduler.now
            streams.add(
                SimulatedStreams.Stream(
                    initiator: .init(host: host, flow: near, lastArrival: now + back),
                    acceptor: .init(host: acceptor, flow: far, lastArrival: now)))
            acceptor.deliver(.opened(far, attempt: nil))
            scheduler.perform(after: back) { host.deliver(.opened(near, attempt: attempt)) }
        }
    }

    func sendOnStream(_ bytes: [UInt8], on flow: Flow, from host: SimulatedHost) {
        trace.mix(bytes, at: scheduler.now)
        var pieces = [bytes]
        if bytes.count > 1, random.happens(perThousand: faults.split) {
            let middle = random.number(in: 1...bytes.count - 1)
            pieces = [Array(bytes[..<middle]), Array(bytes[middle...])]
        }
        for piece in pieces {
            guard let arrival = nextArrival(on: flow, from: host) else {
                return scheduler.perform(after: .zero) {
                    host.deliver(.sendFailed(flow, reason: "the connection is closed"))
                }
            }
            scheduler.perform(at: arrival.instant) { [self] in
                let end = streams.change(flow.connection, from: arrival.host) { own, _ in own }
                guard let end else { return }
                if end.isAbandoned { return refuseBytes(for: end, since: scheduler.now) }
                guard !end.isClosed else { return }
                arrival.host.deliver(.received(piece, on: arrival.flow, at: scheduler.now))
            }
        }
    }

    func closeStream(_ flow: Flow, from host: SimulatedHost) {
        guard let arrival = nextArrival(on: flow, from: host) else { return }
        _ = streams.change(flow.connection, from: host) { own, _ in own.isClosed = true }
        scheduler.perform(after: .zero) { host.deliver(.closed(flow)) }
        scheduler.perform(at: arrival.instant) { [self] in
            let wasOpen = streams.change(flow.connection, from: arrival.host) { own, _ in
                let wasOpen = !own.isClosed
                own.isClosed = true
                return wasOpen
            }
            if wasOpen == true { arrival.host.deliver(.closed(arrival.flow)) }
        }
    }

    private struct Arrival: Sendable {
        var instant: Instant
        var host: SimulatedHost
        var flow: Flow
    }

    /// When bytes that leave now arrive at the other end; nil where this end is closed.
    private func nextArrival(on flow: Flow, from host: SimulatedHost) -> Arrival? {
        let faults = faults
        var delay = latency(from: flow.local.address, to: flow.remote.address)
        if faults.jitter > .zero { delay += random.duration(from: .zero, to: faults.jitter) }
        if random.happens(perThousand: faults.stalled) { delay += FaultPlan.streamRetransmission }
        let earliest = scheduler.now + delay
        let arrival = streams.change(flow.connection, from: host) { own, other -> Arrival? in
            guard !own.isClosed else { return nil }
            other.lastArrival = max(other.lastArrival, earliest)
            return Arrival(instant: other.lastArrival, host: other.host, flow: other.flow)
        }
        return arrival ?? nil
    }
}
