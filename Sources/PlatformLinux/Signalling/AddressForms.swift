import CLinux
import NIOCore
import Platform

// One address in three forms: ours, the C functions', NIO's.

extension clinux_address {
    init(_ socketAddress: Platform.SocketAddress, scope: UInt32 = 0) {
        self.init()
        port = socketAddress.port
        self.scope = scope
        let (high, low) = (socketAddress.address.high, socketAddress.address.low)
        withUnsafeMutableBytes(of: &bytes) {
            $0.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
            $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
    }

    var ipAddress: IPAddress {
        withUnsafeBytes(of: bytes) {
            IPAddress(
                high: UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                low: UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }

    var socketAddress: Platform.SocketAddress {
        Platform.SocketAddress(address: ipAddress, port: port)
    }
}

extension Platform.SocketAddress {
    /// nil for what is no IP address.
    init?(_ address: NIOCore.SocketAddress?) {
        guard let address, let text = address.ipAddress, let port = address.port,
            // A link-local address brings its interface: fe80::1%eth0.
            let ip = IPAddress(utf8: text.utf8.prefix { $0 != UInt8(ascii: "%") })
        else { return nil }
        self.init(address: ip, port: UInt16(truncatingIfNeeded: port))
    }

    var forNIO: NIOCore.SocketAddress {
        get throws {
            try NIOCore.SocketAddress(ipAddress: address.description, port: Int(port))
        }
    }
}

extension IPAddress {
    /// `fe80::/10`: means something only together with an interface.
    var isLinkLocalV6: Bool { high >> 54 == 0x3FA }
}
