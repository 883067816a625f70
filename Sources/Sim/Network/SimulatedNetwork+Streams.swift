import Platform

/// How streams carry bytes: in order, all of them, as late and in as many pieces as the fault plan
/// has it.
extension SimulatedNetwork {
    /// How long a connection attempt to a machine that does not answer takes to fail.
    private static var connectPatience: Duration { .seconds(3) }
    /// How long a stream stands still while a lost segment is sent again.
    private static var retransmission: Duration { .milliseconds(220) }
    /// How often bytes that do not get through are sent again.
    private static var retryPause: Duration { .seconds(1) }
    /// After that a sender gives the stream up.
    private static var patience: Duration { .seconds(60) }
    /// Longer writes are not delivered byte by byte.
    private static var longestTrickle: Int { 2048 }

    func connect(
        _ attempt: ConnectionAttempt, transport: TransportKind, from host: SimulatedHost,
        to remote: SocketAddress
    ) {
        let local = host.makeEphemeralAddress()
        let connection = streams.nextConnection()
        guard let acceptor = self.host(at: remote.address),
            !isObstructed(from: host.address, to: remote.address),
            !isObstructed(from: remote.address, to: host.address)
        else {
            return scheduler.perform(after: Self.connectPatience) {
                host.deliver(.refused(attempt, reason: "no route to host"))
            }
        }
        var crossing: Translators.Crossing?
        if Translators.isInside(host.address) {
            crossing = translators.open(from: local, to: remote, now: scheduler.now)
            guard crossing != nil else {
                return scheduler.perform(after: Self.connectPatience) {
                    host.deliver(.refused(attempt, reason: "no route to host"))
                }
            }
        }
        let there = latency(from: host.address, to: remote.address)
        let back = latency(from: remote.address, to: host.address)
        let apparent = crossing?.outer ?? local
        scheduler.perform(after: there) { [self, crossing] in
            guard let listener = acceptor.listener(for: transport, at: remote) else {
                return scheduler.perform(after: back) {
                    host.deliver(.refused(attempt, reason: "connection refused"))
                }
            }
            let near = Flow(
                transport: transport, listener: 0, local: local, remote: remote,
                connection: connection)
            let far = Flow(
                transport: transport, listener: listener, local: remote, remote: apparent,
                connection: connection)
            let now = scheduler.now
            streams.add(
                SimulatedStreams.Stream(
                    initiator: .init(
                        host: host, flow: near, lastArrival: now + back, openSince: now + back,
                        crossing: crossing),
                    acceptor: .init(
                        host: acceptor, flow: far, lastArrival: now, openSince: now,
                        crossing: crossing)))
            acceptor.deliver(.opened(far, attempt: nil))
            scheduler.perform(after: back) { host.deliver(.opened(near, attempt: attempt)) }
        }
    }

    func sendOnStream(_ bytes: [UInt8], on flow: Flow, from host: SimulatedHost) {
        trace.mix(bytes, at: scheduler.now)
        for piece in pieces(of: bytes) where !push(.bytes(piece), on: flow, from: host) {
            return scheduler.perform(after: .zero) {
                host.deliver(.sendFailed(flow, reason: "the connection is closed"))
            }
        }
        if random.happens(perThousand: faults.streamReset) { resetStream(flow, of: host) }
    }

    func closeStream(_ flow: Flow, from host: SimulatedHost) {
        guard push(.end, on: flow, from: host) else { return }
        _ = streams.change(flow.connection, from: host) { own, _ in own.isClosed = true }
        scheduler.perform(after: .zero) { host.deliver(.closed(flow)) }
    }

    private func pieces(of bytes: [UInt8]) -> [[UInt8]] {
        guard bytes.count > 1 else { return [bytes] }
        let faults = faults
        if bytes.count <= Self.longestTrickle, random.happens(perThousand: faults.trickled) {
            return bytes.map { [$0] }
        }
        guard random.happens(perThousand: faults.split) else { return [bytes] }
        let middle = random.number(in: 1...bytes.count - 1)
        return [Array(bytes[..<middle]), Array(bytes[middle...])]
    }

    /// Sends a piece on its way; false where this end is closed.
    private func push(_ piece: SimulatedStreams.Piece, on flow: Flow, from host: SimulatedHost)
        -> Bool
    {
        let faults = faults
        var delay = latency(from: flow.local.address, to: flow.remote.address)
        if faults.jitter > 0 {
            delay += random.duration(from: .zero, to: .microseconds(faults.jitter))
        }
        if random.happens(perThousand: faults.stalled) { delay += Self.retransmission }
        let earliest = scheduler.now + delay
        let receiver = streams.change(flow.connection, from: host) { own, other -> Receiver? in
            guard !own.isClosed else { return nil }
            other.lastArrival = max(other.lastArrival, earliest)
            other.coming.append((other.lastArrival, piece))
            return Receiver(
                host: other.host, flow: other.flow, arrival: other.lastArrival,
                isFirst: other.coming.count == 1, crossing: own.crossing)
        }
        guard let receiver, let receiver else { return false }
        if let crossing = receiver.crossing, !translators.keeps(crossing, now: scheduler.now) {
            streams.forget(flow.connection)
        }
        if receiver.isFirst { schedulePump(receiver, at: receiver.arrival) }
        return true
    }

    private struct Receiver: Sendable {
        var host: SimulatedHost
        var flow: Flow
        var arrival: Instant
        var isFirst: Bool
        var crossing: Translators.Crossing?

        /// Whose link the bytes came by.
        var source: IPAddress {
            guard let crossing, Translators.isOutside(flow.remote.address) else {
                return flow.remote.address
            }
            return crossing.inner.address
        }
    }

    private func schedulePump(_ receiver: Receiver, at instant: Instant) {
        scheduler.perform(at: instant) { [self] in pump(receiver) }
    }

    /// Delivers what has arrived at an end.
    private func pump(_ receiver: Receiver) {
        let flow = receiver.flow
        let ends = streams.change(flow.connection, from: receiver.host) { own, other in (own, other)
        }
        guard let (end, sender) = ends, !end.coming.isEmpty else { return }
        if end.isAbandoned { return refuseBytes(for: end, since: scheduler.now) }
        if end.isForgotten { return giveUp(receiver, since: end.stuckSince) }
        if isObstructed(from: receiver.source, to: flow.local.address) {
            guard !sender.isAbandoned else { return lose(receiver) }
            return wait(receiver, since: end.stuckSince ?? scheduler.now)
        }
        let now = scheduler.now
        let isMerged = random.happens(perThousand: faults.merged)
        let arrived = streams.change(flow.connection, from: receiver.host) { own, _ in
            own.stuckSince = nil
            let count = own.coming.prefix { $0.instant <= now }.count
            let arrived = own.coming.prefix(count).map(\.piece)
            own.coming.removeFirst(count)
            return arrived
        }
        deliver(isMerged ? Self.merged(arrived ?? []) : arrived ?? [], to: receiver)
        let next = streams.change(flow.connection, from: receiver.host) { own, _ in
            own.coming.first?.instant
        }
        if let next, let next { schedulePump(receiver, at: next) }
    }

    private func deliver(_ pieces: [SimulatedStreams.Piece], to receiver: Receiver) {
        for piece in pieces {
            let isOpen = streams.change(receiver.flow.connection, from: receiver.host) { own, _ in
                !own.isClosed
            }
            guard isOpen == true else { return }
            switch piece {
            case .bytes(let bytes):
                receiver.host.deliver(.received(bytes, on: receiver.flow, at: scheduler.now))
            case .end:
                _ = streams.change(receiver.flow.connection, from: receiver.host) { own, _ in
                    own.isClosed = true
                }
                receiver.host.deliver(.closed(receiver.flow))
            }
        }
    }

    /// The way is shut: its sender tries again, until its patience ends.
    private func wait(_ receiver: Receiver, since began: Instant) {
        guard scheduler.now - began < Self.patience else {
            return resetStream(receiver.flow, of: receiver.host)
        }
        _ = streams.change(receiver.flow.connection, from: receiver.host) { own, _ in
            own.stuckSince = began
        }
        schedulePump(receiver, at: scheduler.now + Self.retryPause)
    }

    /// The way is shut, and whoever would send again is gone: these bytes never come.
    private func lose(_ receiver: Receiver) {
        _ = streams.change(receiver.flow.connection, from: receiver.host) { own, _ in
            own.coming = []
        }
    }

    /// A box has forgotten the stream: the sender finds out when its patience ends, and the receiver
    /// does not.
    private func giveUp(_ receiver: Receiver, since began: Instant?) {
        let now = scheduler.now
        guard let began, now - began >= Self.patience else {
            _ = streams.change(receiver.flow.connection, from: receiver.host) { own, _ in
                own.stuckSince = began ?? now
            }
            return schedulePump(receiver, at: (began ?? now) + Self.patience)
        }
        let sender = streams.change(receiver.flow.connection, from: receiver.host) { own, other in
            own.coming = []
            return other
        }
        if let sender { tellClosed(sender, after: .zero) }
    }

    private static func merged(_ pieces: [SimulatedStreams.Piece]) -> [SimulatedStreams.Piece] {
        var merged: [SimulatedStreams.Piece] = []
        for piece in pieces {
            if case .bytes(let more) = piece, case .bytes(let bytes)? = merged.last {
                merged[merged.count - 1] = .bytes(bytes + more)
            } else {
                merged.append(piece)
            }
        }
        return merged
    }
}
