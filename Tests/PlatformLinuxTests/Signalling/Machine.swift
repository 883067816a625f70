import Glibc
import Platform

/// What the machine that runs the tests has.
enum Machine {
    /// Whether `::1` can be bound: a `sockaddr_in6` by its layout, since the members' names belong to
    /// several modules at once.
    static var speaksIPv6: Bool {
        let descriptor = socket(AF_INET6, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = [UInt8](repeating: 0, count: 28)
        address.withUnsafeMutableBytes { $0.storeBytes(of: UInt16(AF_INET6), as: UInt16.self) }
        address[23] = 1
        return address.withUnsafeBytes { raw in
            guard let start = raw.baseAddress else { return false }
            let name = start.assumingMemoryBound(to: sockaddr.self)
            return bind(descriptor, name, socklen_t(raw.count)) == 0
        }
    }

    /// A `sockaddr_in`, in the same way.
    static func socketName(port: UInt16, v4 address: UInt32) -> [UInt8] {
        var name = [UInt8](repeating: 0, count: 16)
        name.withUnsafeMutableBytes { raw in
            raw.storeBytes(of: UInt16(AF_INET), as: UInt16.self)
            raw.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
            raw.storeBytes(of: address.bigEndian, toByteOffset: 4, as: UInt32.self)
        }
        return name
    }

    static var isPrivileged: Bool { geteuid() == 0 }

    /// Loopback listeners of each family that the machine speaks.
    static var loopbacks: [String] {
        speaksIPv6 ? ["127.0.0.1:0", "[::1]:0"] : ["127.0.0.1:0"]
    }
}
