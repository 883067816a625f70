import Glibc
import Platform

/// What the machine that runs the tests has.
enum Machine {
    /// Whether `::1` can be bound.
    static var speaksIPv6: Bool {
        let descriptor = socket(AF_INET6, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_addr = in6addr_loopback
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
            }
        }
    }

    static var isPrivileged: Bool { geteuid() == 0 }

    /// Loopback listeners of each family that the machine speaks.
    static var loopbacks: [String] {
        speaksIPv6 ? ["127.0.0.1:0", "[::1]:0"] : ["127.0.0.1:0"]
    }
}
