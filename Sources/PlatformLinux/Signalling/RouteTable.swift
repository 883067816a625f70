import CLinux
import Platform
import Synchronization

/// Which UDP listener reaches an address, and from which address of ours.
///
/// The kernel answers; its answers are kept for a while.
final class RouteTable: Sendable {
    private struct Route {
        /// nil where no listener reaches it.
        var socket: DatagramSocket?
        var source: IPAddress
        var validUntil: Instant
    }

    private let sockets: [DatagramSocket]
    private let time: any TimeSource
    private let limit: Int
    private let lifetime: Duration
    private let routes = Mutex<[IPAddress: Route]>([:])

    init(sockets: [DatagramSocket], time: any TimeSource, limits: SignallingLimits) {
        self.sockets = sockets
        self.time = time
        limit = limits.routes
        lifetime = limits.routeLifetime
    }

    /// The flow on which a datagram to that address would leave.
    func flow(to remote: SocketAddress) -> Flow? {
        let now = time.now
        let known = routes.withLock { routes -> Route? in
            guard let route = routes[remote.address], now < route.validUntil else { return nil }
            return route
        }
        let route = known ?? learn(remote, now: now)
        guard let socket = route.socket else { return nil }
        return Flow(
            transport: .udp, listener: socket.listener,
            local: SocketAddress(address: route.source, port: socket.bound.port), remote: remote,
            connection: 0)
    }

    private func learn(_ remote: SocketAddress, now: Instant) -> Route {
        let found = ask(remote)
        let route = Route(
            socket: found?.socket, source: found?.source ?? .anyV4, validUntil: now + lifetime)
        routes.withLock { routes in
            // A scan fills the table with addresses that nobody asks for again: start anew.
            if routes.count >= limit { routes = [:] }
            routes[remote.address] = route
        }
        return route
    }

    private func ask(_ remote: SocketAddress) -> (socket: DatagramSocket, source: IPAddress)? {
        let family = sockets.filter { $0.bound.address.isIPv4 == remote.address.isIPv4 }
        if family.isEmpty { return nil }
        // First the listener at the address that the kernel would choose, then one on all addresses.
        if let source = Self.source(to: remote, from: nil) {
            if let exact = family.first(where: { $0.bound.address == source }) {
                return (exact, source)
            }
            if let wildcard = family.first(where: { $0.bound.address.isUnspecified }) {
                return (wildcard, source)
            }
        }
        for socket in family where !socket.bound.address.isUnspecified {
            if let source = Self.source(to: remote, from: socket.bound) { return (socket, source) }
        }
        return nil
    }

    /// The address that the kernel sends from, or nil where there is no way.
    private static func source(
        to remote: SocketAddress, from bound: SocketAddress?
    ) -> IPAddress? {
        // Port 0 can't be connected to; which one it is makes no difference to the route.
        var target = clinux_address(
            SocketAddress(address: remote.address, port: max(1, remote.port)))
        var source = clinux_address()
        let code: Int32
        if let bound {
            var own = clinux_address(bound)
            code = clinux_route_source(&target, &own, &source)
        } else {
            code = clinux_route_source(&target, nil, &source)
        }
        return code == 0 && !source.ipAddress.isUnspecified ? source.ipAddress : nil
    }
}
