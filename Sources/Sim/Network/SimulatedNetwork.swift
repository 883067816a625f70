import Platform
import Synchronization

/// Takes datagrams that arrive at one address.
typealias DatagramReceiver =
    @Sendable (_ bytes: [UInt8], _ source: SocketAddress, _ now: Instant) -> Void

/// The network between the hosts of a simulated world.
///
/// Every pair of addresses has a one-way latency, drawn once; the fault plan says what happens to
/// datagrams and streams on their way.
public final class SimulatedNetwork: Sendable {
    private struct Ways {
        var hosts: [IPAddress: SimulatedHost] = [:]
        var receivers: [Door: DatagramReceiver] = [:]
        var links: [Pair: Link] = [:]
        var counters = NetworkCounters()
    }

    /// Both are looked up for every datagram, and nobody chooses addresses to spoil the tables: one
    /// word is hashed.
    private struct Pair: Hashable {
        var source: IPAddress
        var destination: IPAddress

        func hash(into hasher: inout Hasher) {
            let high = source.high ^ destination.high &* 0x9E37_79B9_7F4A_7C15
            hasher.combine(high ^ source.low &* 0x2545_F491_4F6C_DD1D ^ destination.low)
        }
    }

    private struct Door: Hashable {
        var address: SocketAddress

        func hash(into hasher: inout Hasher) {
            let host = address.address.high &* 0x9E37_79B9_7F4A_7C15 ^ address.address.low
            hasher.combine(host ^ UInt64(address.port) << 48)
        }
    }

    let scheduler: Scheduler
    let trace: Trace
    let random: SimulatedRandom
    let streams = SimulatedStreams()
    /// The boxes that some phones stand behind.
    let translators: Translators
    let barriers = Mutex(Barriers())
    /// Who sees every signalling message.
    let observer = Mutex<(any PassageObserver)?>(nil)
    private let ways = Mutex(Ways())
    private let plan: Mutex<FaultPlan>

    init(
        scheduler: Scheduler, trace: Trace, random: SimulatedRandom, faults: FaultPlan,
        translators: Translators
    ) {
        self.translators = translators
        self.scheduler = scheduler
        self.trace = trace
        self.random = random
        plan = Mutex(faults)
    }

    /// What goes wrong from now on.
    public var faults: FaultPlan {
        get { plan.withLock { $0 } }
        set { plan.withLock { $0 = newValue } }
    }

    public var counters: NetworkCounters { ways.withLock { $0.counters } }
    public var openStreamCount: Int { streams.count }
    /// How many addresses take datagrams: listeners and media ports.
    public var boundAddressCount: Int { ways.withLock { $0.receivers.count } }

    /// A machine at that address.
    public func makeHost(_ name: String, address: IPAddress) -> SimulatedHost {
        makeHost(name, address: address, keepAlive: nil)
    }

    func makeHost(_ name: String, address: IPAddress, keepAlive: KeepAlive?) -> SimulatedHost {
        let host = SimulatedHost(
            name: name, address: address, network: self, keepAlive: keepAlive)
        keepAlive?.host = host
        ways.withLock { $0.hosts[address] = host }
        return host
    }

    /// The host is found at its new address from now on.
    func rename(_ host: SimulatedHost, from old: IPAddress) {
        ways.withLock { ways in
            ways.hosts[old] = nil
            ways.hosts[host.address] = host
        }
    }

    func host(at address: IPAddress) -> SimulatedHost? {
        ways.withLock { $0.hosts[address] }
    }

    /// False where somebody has bound that address already.
    func bind(_ address: SocketAddress, _ receiver: @escaping DatagramReceiver) -> Bool {
        ways.withLock { ways in
            guard ways.receivers[Door(address: address)] == nil else { return false }
            ways.receivers[Door(address: address)] = receiver
            return true
        }
    }

    func unbind(_ address: SocketAddress) {
        ways.withLock { $0.receivers[Door(address: address)] = nil }
    }

    /// Sends a datagram on its way; what becomes of it is the fault plan's.
    func transmit(_ bytes: [UInt8], from source: SocketAddress, to destination: SocketAddress) {
        trace.mix(bytes, at: scheduler.now)
        count { $0.datagramsSent += 1 }
        guard !isStopped(bytes, from: source, to: destination) else {
            return count { $0.stopped += 1 }
        }
        guard Translators.isInside(source.address) else {
            return pass(bytes, from: source, seenAs: source, to: destination)
        }
        guard
            let (translated, outer) = translators.leave(
                bytes, from: source, to: destination, now: scheduler.now)
        else { return count { $0.untranslated += 1 } }
        pass(translated, from: source, seenAs: outer, to: destination)
    }

    /// - Parameters:
    ///   - source: whose link it goes by.
    ///   - apparentSource: where it comes from, as its receiver sees it.
    private func pass(
        _ bytes: [UInt8], from source: SocketAddress, seenAs apparentSource: SocketAddress,
        to destination: SocketAddress
    ) {
        let passage = carry(bytes.count, from: source.address, to: destination.address)
        if passage.delays.isEmpty { return count { $0.lost += 1 } }
        if passage.delays.count > 1 { count { $0.duplicated += 1 } }
        if passage.isReordered { count { $0.reordered += 1 } }
        let arriving = passage.isCorrupt ? damaged(bytes) : bytes
        for delay in passage.delays {
            scheduler.perform(after: delay) { [self] in
                deliver(arriving, from: apparentSource, to: destination)
            }
        }
    }

    private func carry(
        _ byteCount: Int, from source: IPAddress, to destination: IPAddress
    ) -> Link.Passage {
        let pair = Pair(source: source, destination: destination)
        let faults = faults
        let now = scheduler.now
        return ways.withLock { ways in
            ways.links[pair, default: Link(faults: faults, random: random)]
                .carry(byteCount, faults: faults, now: now, random: random)
        }
    }

    /// Sets the highest bit of a few bytes at the front: no text any more, and another RTP header.
    private func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var damaged = bytes
        for _ in 0..<3 where !bytes.isEmpty {
            damaged[random.number(in: 0...min(bytes.count, 12) - 1)] |= 0x80
        }
        return damaged
    }

    /// The latency of one way, drawn when it is first gone.
    func latency(from source: IPAddress, to destination: IPAddress) -> Duration {
        let pair = Pair(source: source, destination: destination)
        let faults = faults
        return ways.withLock { ways in
            if let link = ways.links[pair] { return link.latency }
            let link = Link(faults: faults, random: random)
            ways.links[pair] = link
            return link.latency
        }
    }

    private func deliver(
        _ bytes: [UInt8], from source: SocketAddress, to destination: SocketAddress
    ) {
        guard Translators.isOutside(destination.address) else {
            return receive(bytes, from: source, at: destination, knownAs: destination)
        }
        guard
            let (translated, inner) = translators.enter(
                bytes, from: source, to: destination, now: scheduler.now)
        else { return count { $0.untranslated += 1 } }
        guard !isStopped(translated, from: source, to: inner) else {
            return count { $0.stopped += 1 }
        }
        receive(translated, from: source, at: inner, knownAs: destination)
    }

    /// - Parameter outer: what the sender calls the destination.
    private func receive(
        _ bytes: [UInt8], from source: SocketAddress, at destination: SocketAddress,
        knownAs outer: SocketAddress
    ) {
        let receiver = ways.withLock { ways in
            let receiver = ways.receivers[Door(address: destination)]
            if receiver == nil { ways.counters.unreachable += 1 }
            return receiver
        }
        if let receiver { return receiver(bytes, source, scheduler.now) }
        // Nobody answers for an address that exists behind boxes only.
        guard !Translators.isClaimed(destination.address) else { return }
        let sender =
            Translators.isOutside(source.address) ? translators.inner(of: source) : source
        guard let sender else { return }
        host(at: sender.address)?.datagramRefused(from: sender, by: outer)
    }

    private func count(_ change: (inout NetworkCounters) -> Void) {
        ways.withLock { change(&$0.counters) }
    }
}

/// What the network did.
public struct NetworkCounters: Sendable, Equatable {
    public var datagramsSent = 0
    public var lost = 0
    /// Lost or kept back because their way was shut.
    public var stopped = 0
    public var duplicated = 0
    public var reordered = 0
    /// Came to an address where nobody listens.
    public var unreachable = 0
    /// Dropped by a box: it had no binding for them, and no room for one.
    public var untranslated = 0
}
