import CLinux
import Glibc
import Media
import Platform
import Synchronization

/// The sockets of one loop, by the core's slots.
struct LoopSockets: MediaOutput, ~Copyable {
    private struct Pair {
        var rtp: Int32 = -1
        var rtcp: Int32 = -1
        var isV6 = false
        var network = 0
        var port: UInt16 = 0
        var generation: UInt32 = 0
        /// RTP's of the other family; -1 where there is none.
        var alternate: Int32 = -1
        var alternateNetwork = 0
        var alternatePort: UInt16 = 0
    }

    private var pairs: [Pair] = []
    /// Packets of the present batch.
    var receivedCount = 0
    private var sentCount = 0
    private var lostCount = 0
    private let networks: [MediaNetwork]
    private let ports: SharedPorts
    private let places: LegPlaces
    private let poll: Int32
    private let handshakes: HandshakeDesk?

    init(
        networks: [MediaNetwork], ports: SharedPorts, places: LegPlaces, poll: Int32,
        handshakes: HandshakeDesk?
    ) {
        self.handshakes = handshakes
        self.networks = networks
        self.ports = ports
        self.places = places
        self.poll = poll
    }

    /// nil where the socket has been closed, or is another's by now.
    @inline(__always)
    func descriptor(of socket: MediaSocket) -> Int32? {
        let slot = Int(socket.slot)
        guard slot < pairs.count, pairs[slot].generation == socket.generation else { return nil }
        let descriptor =
            switch socket.kind {
            case .rtp: pairs[slot].rtp
            case .rtcp: pairs[slot].rtcp
            case .alternate: pairs[slot].alternate
            }
        return descriptor >= 0 ? descriptor : nil
    }

    mutating func open(
        slot: UInt32, generation: UInt32, network: Int, now: Instant
    ) -> LocalStream? {
        while let port = ports.take(network, now: now) {
            let bind = networks[network].bind
            let rtp = bound(
                bind, port, MediaSocket(slot: slot, generation: generation, kind: .rtp))
            guard rtp >= 0 else {
                ports.setAside(port, network, now: now)
                if rtp == -EADDRINUSE { continue } else { return nil }
            }
            let rtcp = bound(
                bind, port + 1, MediaSocket(slot: slot, generation: generation, kind: .rtcp))
            guard rtcp >= 0 else {
                clinux_media_close(rtp)
                ports.setAside(port, network, now: now)
                if rtcp == -EADDRINUSE { continue } else { return nil }
            }
            while pairs.count <= Int(slot) { pairs.append(Pair()) }
            pairs[Int(slot)] = Pair(
                rtp: rtp, rtcp: rtcp, isV6: !bind.isIPv4, network: network, port: port,
                generation: generation)
            let advertised = networks[network].advertised
            return LocalStream(
                rtp: SocketAddress(address: advertised, port: port),
                rtcp: SocketAddress(address: advertised, port: port + 1))
        }
        return nil
    }

    mutating func openAlternate(
        slot: UInt32, generation: UInt32, network: Int, now: Instant
    ) -> SocketAddress? {
        let index = Int(slot)
        guard index < pairs.count, pairs[index].generation == generation,
            networks[network].bind.isIPv4 == pairs[index].isV6
        else { return nil }
        while let port = ports.take(network, now: now) {
            let descriptor = bound(
                networks[network].bind, port,
                MediaSocket(slot: slot, generation: generation, kind: .alternate))
            guard descriptor >= 0 else {
                ports.setAside(port, network, now: now)
                if descriptor == -EADDRINUSE { continue } else { return nil }
            }
            pairs[index].alternate = descriptor
            pairs[index].alternateNetwork = network
            pairs[index].alternatePort = port
            return SocketAddress(address: networks[network].advertised, port: port)
        }
        return nil
    }

    /// A socket that is bound and watched, or a negated errno.
    private func bound(_ bind: IPAddress, _ port: UInt16, _ socket: MediaSocket) -> Int32 {
        var address = clinux_media_address(high: bind.high, low: bind.low, port: port)
        let descriptor = clinux_media_open(&address)
        guard descriptor >= 0 else { return descriptor }
        let code = clinux_media_poll_add(poll, descriptor, socket.token)
        if code < 0 {
            clinux_media_close(descriptor)
            return code
        }
        return descriptor
    }

    mutating func close(slot: UInt32, generation: UInt32, now: Instant) {
        let index = Int(slot)
        guard index < pairs.count, pairs[index].generation == generation, pairs[index].rtp >= 0
        else { return }
        clinux_media_close(pairs[index].rtp)
        clinux_media_close(pairs[index].rtcp)
        ports.release(pairs[index].port, pairs[index].network, now: now)
        if pairs[index].alternate >= 0 {
            clinux_media_close(pairs[index].alternate)
            ports.release(pairs[index].alternatePort, pairs[index].alternateNetwork, now: now)
        }
        pairs[index] = Pair()
    }

    mutating func detach(slot: UInt32, generation: UInt32) -> DetachedSockets? {
        let index = Int(slot)
        guard index < pairs.count, pairs[index].generation == generation, pairs[index].rtp >= 0
        else { return nil }
        let pair = pairs[index]
        pairs[index] = Pair()
        for descriptor in [pair.rtp, pair.rtcp] {
            _ = clinux_media_poll_remove(poll, descriptor)
        }
        var detached = DetachedSockets(
            network: pair.network, port: pair.port, rtp: pair.rtp, rtcp: pair.rtcp)
        if pair.alternate >= 0 {
            _ = clinux_media_poll_remove(poll, pair.alternate)
            detached.alternate = DetachedSockets.Alternate(
                network: pair.alternateNetwork, port: pair.alternatePort,
                descriptor: pair.alternate)
        }
        return detached
    }

    mutating func attach(
        _ sockets: DetachedSockets, slot: UInt32, generation: UInt32
    ) -> Bool {
        while pairs.count <= Int(slot) { pairs.append(Pair()) }
        pairs[Int(slot)] = Pair(
            rtp: sockets.rtp, rtcp: sockets.rtcp,
            isV6: !networks[sockets.network].bind.isIPv4, network: sockets.network,
            port: sockets.port, generation: generation)
        let rtp = MediaSocket(slot: slot, generation: generation, kind: .rtp)
        let rtcp = MediaSocket(slot: slot, generation: generation, kind: .rtcp)
        guard clinux_media_poll_add(poll, sockets.rtp, rtp.token) >= 0,
            clinux_media_poll_add(poll, sockets.rtcp, rtcp.token) >= 0
        else { return false }
        guard let other = sockets.alternate else { return true }
        pairs[Int(slot)].alternate = other.descriptor
        pairs[Int(slot)].alternateNetwork = other.network
        pairs[Int(slot)].alternatePort = other.port
        let alternate = MediaSocket(slot: slot, generation: generation, kind: .alternate)
        return clinux_media_poll_add(poll, other.descriptor, alternate.token) >= 0
    }

    @inline(__always)
    mutating func send(
        _ packet: Span<UInt8>, on socket: MediaSocket, to destination: SocketAddress
    ) -> Bool {
        guard var descriptor = descriptor(of: socket) else { return false }
        var address = clinux_media_address(
            high: destination.address.high, low: destination.address.low, port: destination.port)
        var isV6 = pairs[Int(socket.slot)].isV6
        if isV6 == destination.address.isIPv4 {
            // A path of one family does not lead to the other.
            let alternate = pairs[Int(socket.slot)].alternate
            guard alternate >= 0, socket.kind != .rtcp else { return false }
            descriptor = alternate
            isV6.toggle()
        }
        let isSent = packet.withUnsafeBufferPointer { bytes in
            clinux_media_send(descriptor, bytes.baseAddress, bytes.count, &address, isV6) >= 0
        }
        if isSent { sentCount += 1 } else { lostCount += 1 }
        return isSent
    }

    /// Adds what the batch did, and begins a new one.
    mutating func publish(to count: MediaCount) {
        if receivedCount > 0 { count.packetsReceived.add(receivedCount, ordering: .relaxed) }
        if sentCount > 0 { count.packetsSent.add(sentCount, ordering: .relaxed) }
        if lostCount > 0 { count.packetsLost.add(lostCount, ordering: .relaxed) }
        (receivedCount, sentCount, lostCount) = (0, 0, 0)
    }

    mutating func handshake(_ order: HandshakeOrder) { handshakes?.post(order) }

    mutating func deliver(_ event: MediaEvent, to sink: any MediaSink) {
        switch event {
        case .closed(let leg, _): places.remove(leg)
        case .refused(let leg, let reason) where reason.isOfOpening: places.remove(leg)
        case .opened, .refused, .latched, .firstPacket, .digit, .silent, .heard, .finished,
            .moved, .secured, .consentEnded:
            break
        }
        sink.post(event)
    }
}
