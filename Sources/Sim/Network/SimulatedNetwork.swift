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
        var receivers: [SocketAddress: DatagramReceiver] = [:]
        var latencies: [Pair: Duration] = [:]
        var counters = NetworkCounters()
    }

    private struct Pair: Hashable {
        var source: IPAddress
        var destination: IPAddress
    }

    let scheduler: Scheduler
    let trace: Trace
    let random: SimulatedRandom
    let streams = SimulatedStreams()
    /// Who sees every signalling message.
    let observer = Mutex<(any PassageObserver)?>(nil)
    private let ways = Mutex(Ways())
    private let plan: Mutex<FaultPlan>

    init(scheduler: Scheduler, trace: Trace, random: SimulatedRandom, faults: FaultPlan) {
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
        let host = SimulatedHost(name: name, address: address, network: self)
        ways.withLock { $0.hosts[address] = host }
        return host
    }

    func host(at address: IPAddress) -> SimulatedHost? {
        ways.withLock { $0.hosts[address] }
    }

    /// False where somebody has bound that address already.
    func bind(_ address: SocketAddress, _ receiver: @escaping DatagramReceiver) -> Bool {
        ways.withLock { ways in
            guard ways.receivers[address] == nil else { return false }
            ways.receivers[address] = receiver
            return true
        }
    }

    func unbind(_ address: SocketAddress) {
        ways.withLock { $0.receivers[address] = nil }
    }

    /// Sends a datagram on its way; what becomes of it is the fault plan's.
    func transmit(_ bytes: [UInt8], from source: SocketAddress, to destination: SocketAddress) {
        let faults = faults
        trace.mix(bytes, at: scheduler.now)
        count { $0.datagramsSent += 1 }
        guard !random.happens(perThousand: faults.lost) else { return count { $0.lost += 1 } }
        var copies = 1
        if random.happens(perThousand: faults.duplicated) {
            copies = 2
            count { $0.duplicated += 1 }
        }
        for _ in 0..<copies {
            var delay = latency(from: source.address, to: destination.address)
            if faults.jitter > .zero { delay += random.duration(from: .zero, to: faults.jitter) }
            if random.happens(perThousand: faults.reordered) {
                delay += random.duration(from: .zero, to: FaultPlan.longestReordering)
                count { $0.reordered += 1 }
            }
            scheduler.perform(after: delay) { [self] in
                deliver(bytes, from: source, to: destination)
            }
        }
    }

    /// The latency of one way, drawn when it is first gone.
    func latency(from source: IPAddress, to destination: IPAddress) -> Duration {
        let pair = Pair(source: source, destination: destination)
        if let known = ways.withLock({ $0.latencies[pair] }) { return known }
        let faults = faults
        let drawn = random.duration(from: faults.leastLatency, to: faults.greatestLatency)
        ways.withLock { $0.latencies[pair] = drawn }
        return drawn
    }

    private func deliver(
        _ bytes: [UInt8], from source: SocketAddress, to destination: SocketAddress
    ) {
        let receiver = ways.withLock { ways in
            let receiver = ways.receivers[destination]
            if receiver == nil { ways.counters.unreachable += 1 }
            return receiver
        }
        if let receiver {
            receiver(bytes, source, scheduler.now)
        } else {
            host(at: source.address)?.datagramRefused(from: source, by: destination)
        }
    }

    private func count(_ change: (inout NetworkCounters) -> Void) {
        ways.withLock { change(&$0.counters) }
    }
}

/// What the network did.
public struct NetworkCounters: Sendable, Equatable {
    public var datagramsSent = 0
    public var lost = 0
    public var duplicated = 0
    public var reordered = 0
    /// Came to an address where nobody listens.
    public var unreachable = 0
}
