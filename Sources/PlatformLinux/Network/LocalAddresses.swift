// The socket addresses' fields count as those of whichever module's header names them first.
import CCares
import CLinux
import Glibc
import Platform

/// The addresses of this machine's interfaces.
public enum LocalAddresses {
    /// Every IPv4 and IPv6 address of an interface that is up, without duplicates, in the system's
    /// order. Link-local ones are left out: they mean nothing without their interface's name.
    public static func all() -> [IPAddress] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var found: [IPAddress] = []
        var next = first
        while let current = next {
            let interface = current.pointee
            next = interface.ifa_next
            guard interface.ifa_flags & UInt32(IFF_UP) != 0,
                let bytes: UnsafeMutablePointer<sockaddr> = interface.ifa_addr,
                let address = IPAddress(socketAddress: bytes), !address.isLinkLocal,
                !found.contains(address)
            else { continue }
            found.append(address)
        }
        return found
    }

    /// The address of this machine that the kernel would send from to that one, or nil where there
    /// is no way. Nothing is sent.
    public static func towards(_ remote: IPAddress) -> IPAddress? {
        // Port 0 can't be connected to; which one it is makes no difference to the route.
        var target = clinux_address(SocketAddress(address: remote, port: 1))
        var source = clinux_address()
        let code = clinux_route_source(&target, nil, &source)
        return code == 0 && !source.ipAddress.isUnspecified ? source.ipAddress : nil
    }
}

extension IPAddress {
    /// `169.254.0.0/16` or `fe80::/10`.
    fileprivate var isLinkLocal: Bool {
        if let v4 { return v4 >> 16 == 0xA9FE }
        return high >> 54 == 0x3FA
    }

    fileprivate init?(socketAddress: UnsafePointer<sockaddr>) {
        self.init(
            family: Int32(socketAddress.pointee.sa_family), raw: UnsafeRawPointer(socketAddress))
    }
}
