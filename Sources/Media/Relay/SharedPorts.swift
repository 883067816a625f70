import Platform
import Synchronization

/// The port pools, one a network, that all loops of a media plane draw from: a small range serves
/// them all.
public final class SharedPorts: Sendable {
    private let pools: Mutex<[PortPool]>
    private let mark: @Sendable (_ network: Int, _ port: UInt16) -> Void

    /// - Parameters:
    ///   - reached: by network, the port that the run before remembered last.
    ///   - mark: told now and then, from any thread, what to remember; must not block.
    public init(
        configuration: MediaConfiguration, reached: [Int: UInt16] = [:],
        mark: @escaping @Sendable (_ network: Int, _ port: UInt16) -> Void = { _, _ in }
    ) {
        pools = Mutex(
            configuration.networks.indices.map {
                PortPool(
                    ports: configuration.ports, restingTime: configuration.restingTime,
                    reached: reached[$0])
            })
        self.mark = mark
    }

    /// A pair, by its RTP port; nil where none is left.
    public func take(_ network: Int, now: Instant) -> UInt16? {
        let (port, reached) = pools.withLock { pools -> (UInt16?, UInt16?) in
            let before = pools[network].reached
            let port = pools[network].take(now: now)
            let after = pools[network].reached
            return (port, after == before ? nil : after)
        }
        if let reached { mark(network, reached) }
        return port
    }

    /// Gives back a pair that somebody else on this machine holds.
    public func setAside(_ port: UInt16, _ network: Int, now: Instant) {
        pools.withLock { $0[network].setAside(port, now: now) }
    }

    public func release(_ port: UInt16, _ network: Int, now: Instant) {
        pools.withLock { $0[network].release(port, now: now) }
    }
}
