import Platform
import Synchronization

/// Which ways of the network are shut, and which hold back what is sent on them.
struct Barriers: Sendable {
    /// One way; nil is everybody.
    struct Way: Hashable, Sendable {
        var source: IPAddress?
        var destination: IPAddress?

        /// The ways that forbid this one.
        static func covering(_ source: IPAddress, _ destination: IPAddress) -> [Way] {
            [
                Way(source: source, destination: destination),
                Way(source: source, destination: nil), Way(source: nil, destination: destination),
            ]
        }
    }

    /// A datagram that waits at a stopped link.
    struct HeldDatagram: Sendable {
        var bytes: [UInt8]
        var source: SocketAddress
        var destination: SocketAddress
    }

    /// How often each way was shut and not yet opened: outages may overlap.
    private var shut: [Way: Int] = [:]
    private var held: [Way: [HeldDatagram]] = [:]

    /// True where every way is open: what nearly every datagram finds.
    var isOpen: Bool { shut.isEmpty && held.isEmpty }

    mutating func block(_ way: Way) {
        shut[way, default: 0] += 1
    }

    mutating func unblock(_ way: Way) {
        let count = (shut[way] ?? 0) - 1
        shut[way] = count > 0 ? count : nil
    }

    func isShut(_ source: IPAddress, _ destination: IPAddress) -> Bool {
        Way.covering(source, destination).contains { shut[$0] != nil }
    }

    mutating func hold(_ way: Way) {
        held[way] = held[way] ?? []
    }

    /// What waited there.
    mutating func release(_ way: Way) -> [HeldDatagram] {
        held.removeValue(forKey: way) ?? []
    }

    func isHeld(_ source: IPAddress, _ destination: IPAddress) -> Bool {
        Way.covering(source, destination).contains { held[$0] != nil }
    }

    /// Keeps a datagram where its way is held; false where it is not.
    mutating func keep(_ datagram: HeldDatagram) -> Bool {
        let ways = Way.covering(datagram.source.address, datagram.destination.address)
        guard let way = ways.first(where: { held[$0] != nil }) else { return false }
        held[way]?.append(datagram)
        return true
    }
}

extension SimulatedNetwork {
    /// Nothing comes through that way any more; nil is everybody.
    func block(from source: IPAddress?, to destination: IPAddress?) {
        barriers.withLock { $0.block(Barriers.Way(source: source, destination: destination)) }
    }

    func unblock(from source: IPAddress?, to destination: IPAddress?) {
        barriers.withLock { $0.unblock(Barriers.Way(source: source, destination: destination)) }
    }

    /// What is sent that way waits.
    func hold(from source: IPAddress?, to destination: IPAddress?) {
        barriers.withLock { $0.hold(Barriers.Way(source: source, destination: destination)) }
    }

    /// What waited that way goes on, in an order that the seed picks.
    func release(from source: IPAddress?, to destination: IPAddress?) {
        var waiting = barriers.withLock {
            $0.release(Barriers.Way(source: source, destination: destination))
        }
        while !waiting.isEmpty {
            let next = waiting.remove(at: random.number(in: 0...waiting.count - 1))
            transmit(next.bytes, from: next.source, to: next.destination)
        }
    }

    /// True where bytes of a stream must wait on their way.
    func isObstructed(from source: IPAddress, to destination: IPAddress) -> Bool {
        barriers.withLock { barriers in
            !barriers.isOpen
                && (barriers.isShut(source, destination) || barriers.isHeld(source, destination))
        }
    }

    /// Takes a datagram out of the traffic where its way is shut or held.
    func isStopped(_ bytes: [UInt8], from source: SocketAddress, to destination: SocketAddress)
        -> Bool
    {
        barriers.withLock { barriers in
            if barriers.isOpen { return false }
            if barriers.isShut(source.address, destination.address) { return true }
            return barriers.keep(
                Barriers.HeldDatagram(bytes: bytes, source: source, destination: destination))
        }
    }
}
