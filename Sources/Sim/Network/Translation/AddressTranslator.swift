import Platform

/// The table of a box that lends its one public address to a private network (RFC 4787, RFC 5382):
/// which inner address each outer port stands for, and who may send there.
///
/// A core: addresses in, addresses out, with the time as an argument.
struct AddressTranslator: Sendable {
    /// Ports that bindings get, where an inner port is not kept.
    static let ports: ClosedRange<UInt16> = 1_024...65_535
    /// Places that one binding remembers to have sent to; the oldest is forgotten.
    static let openedLimit = 128
    /// Where phones signal inside; what they send from other ports is sound.
    private static let signallingPort: UInt16 = 5060

    /// Datagrams and streams have ports and lifetimes of their own.
    enum Carriage: Hashable, Sendable {
        case datagram, stream
    }

    private struct Inside: Hashable {
        var carriage: Carriage
        var address: SocketAddress
        /// Where to, for a box that gives each place a port of its own.
        var remote: SocketAddress?
    }

    private struct Outside: Hashable {
        var carriage: Carriage
        var port: UInt16
    }

    private struct Binding {
        var inside: Inside
        var lastUse: Instant
        /// Who was sent to, the oldest first.
        var opened: [SocketAddress]
    }

    private let plan: BoxPlan
    private var lastPort: UInt16
    private var bindings: [Outside: Binding] = [:]
    private var ports: [Inside: UInt16] = [:]
    /// Whose sound each port was for before the box started anew. Nobody else gets it: whoever sends
    /// on to it does not know yet, and a packet of sound, unlike a message, does not say whom it is
    /// for. At most one for each port.
    private var formerSounds: [UInt16: SocketAddress] = [:]
    /// Bindings that could not be made: the table was full.
    private(set) var refusedCount = 0

    /// - Parameter firstPort: after this one, ports are given in their order.
    init(_ plan: BoxPlan, firstPort: UInt16) {
        self.plan = plan
        lastPort = firstPort
    }

    var bindingCount: Int { bindings.count }

    /// Something is sent from inside.
    ///
    /// - Returns: the outer port that it comes from; nil where the table is full and it is dropped.
    mutating func leave(
        _ carriage: Carriage, from address: SocketAddress, to remote: SocketAddress, now: Instant
    ) -> UInt16? {
        let inside = Inside(
            carriage: carriage, address: address, remote: plan.kind == .symmetric ? remote : nil)
        if let port = ports[inside] {
            let outside = Outside(carriage: carriage, port: port)
            if isFresh(outside, now: now) {
                use(outside, for: remote, now: now)
                return port
            }
            remove(outside)
        }
        if bindings.count >= plan.bindingLimit { removeStale(now: now) }
        guard bindings.count < plan.bindingLimit,
            let port = takePort(for: address, carriage, now: now)
        else {
            refusedCount += 1
            return nil
        }
        ports[inside] = port
        bindings[Outside(carriage: carriage, port: port)] = Binding(
            inside: inside, lastUse: now, opened: [remote])
        return port
    }

    /// Something arrives at an outer port.
    ///
    /// - Returns: the inner address that it goes on to; nil where it is dropped.
    mutating func enter(
        _ carriage: Carriage, at port: UInt16, from remote: SocketAddress, now: Instant
    ) -> SocketAddress? {
        let outside = Outside(carriage: carriage, port: port)
        guard isFresh(outside, now: now), let binding = bindings[outside],
            admits(remote, binding)
        else { return nil }
        if plan.isRefreshedFromOutside { bindings[outside]?.lastUse = now }
        return binding.inside.address
    }

    /// Whether a stream still has the binding that it was opened with; using it keeps it.
    mutating func keeps(
        _ outerPort: UInt16, for address: SocketAddress, now: Instant
    ) -> Bool {
        let outside = Outside(carriage: .stream, port: outerPort)
        guard isFresh(outside, now: now), bindings[outside]?.inside.address == address else {
            return false
        }
        bindings[outside]?.lastUse = now
        return true
    }

    /// Whom a port of datagrams stands for, whoever asks.
    func inner(at port: UInt16) -> SocketAddress? {
        bindings[Outside(carriage: .datagram, port: port)]?.inside.address
    }

    /// The box starts anew: all bindings are gone, and ports are given from another one on.
    mutating func forgetAll(firstPort: UInt16) {
        for (outside, binding) in bindings where outside.carriage == .datagram {
            let inner = binding.inside.address
            formerSounds[outside.port] = inner.port == Self.signallingPort ? nil : inner
        }
        bindings = [:]
        ports = [:]
        lastPort = firstPort
    }

    private func admits(_ remote: SocketAddress, _ binding: Binding) -> Bool {
        switch plan.kind {
        case .fullCone: true
        case .addressRestricted: binding.opened.contains { $0.address == remote.address }
        case .portRestricted, .symmetric: binding.opened.contains(remote)
        }
    }

    private func isFresh(_ outside: Outside, now: Instant) -> Bool {
        guard let binding = bindings[outside] else { return false }
        return now - binding.lastUse < lifetime(outside.carriage)
    }

    private func lifetime(_ carriage: Carriage) -> Duration {
        carriage == .stream ? plan.streamLifetime : plan.datagramLifetime
    }

    private mutating func use(_ outside: Outside, for remote: SocketAddress, now: Instant) {
        bindings[outside]?.lastUse = now
        guard bindings[outside]?.opened.contains(remote) == false else { return }
        if bindings[outside]?.opened.count == Self.openedLimit {
            bindings[outside]?.opened.removeFirst()
        }
        bindings[outside]?.opened.append(remote)
    }

    private mutating func remove(_ outside: Outside) {
        guard let binding = bindings.removeValue(forKey: outside) else { return }
        ports[binding.inside] = nil
    }

    private mutating func removeStale(now: Instant) {
        for outside in bindings.keys where !isFresh(outside, now: now) { remove(outside) }
    }

    private mutating func takePort(
        for address: SocketAddress, _ carriage: Carriage, now: Instant
    ) -> UInt16? {
        if plan.keepsPorts, Self.ports.contains(address.port),
            isFree(Outside(carriage: carriage, port: address.port), for: address, now: now)
        {
            return address.port
        }
        for _ in Self.ports {
            lastPort = lastPort >= Self.ports.upperBound ? Self.ports.lowerBound : lastPort + 1
            let next = Outside(carriage: carriage, port: lastPort)
            if isFree(next, for: address, now: now) { return lastPort }
        }
        return nil
    }

    /// A port whose binding nobody used for its lifetime is free again.
    private mutating func isFree(
        _ outside: Outside, for address: SocketAddress, now: Instant
    ) -> Bool {
        if outside.carriage == .datagram, let former = formerSounds[outside.port],
            former != address
        {
            return false
        }
        guard bindings[outside] != nil else { return true }
        if isFresh(outside, now: now) { return false }
        remove(outside)
        return true
    }
}
