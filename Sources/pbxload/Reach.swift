import Platform

/// How far an address is from here: what may be loaded without being told so explicitly.
enum Reach: Equatable, Sendable {
    /// This machine.
    case loopback
    /// A network that is nobody's but ours: RFC 1918, RFC 4193, or this very link.
    case ours
    /// Somebody else's, as far as can be known.
    case others
    /// No address of a machine: unspecified, multicast, broadcast, or in a block that is reserved.
    case nobody

    /// Judges the address itself, whatever name led to it. `::ffff:a.b.c.d` is the IPv4 address
    /// that it stands for; every other form that hides one (NAT64, 6to4) is somebody else's.
    init(of address: IPAddress) {
        if let v4 = address.v4 {
            self = Self.ofV4(v4)
        } else {
            self = Self.ofV6(address)
        }
    }

    /// True where a load needs no permission of its own.
    var isNear: Bool { self == .loopback || self == .ours }

    /// True where a packet may go there.
    func permits(public isPublicAllowed: Bool) -> Bool {
        isNear || (self == .others && isPublicAllowed)
    }

    private static func ofV4(_ bits: UInt32) -> Reach {
        func isIn(_ network: UInt32, _ length: UInt32) -> Bool {
            bits >> (32 - length) == network >> (32 - length)
        }
        if isIn(0x7F00_0000, 8) { return .loopback }
        // 0.0.0.0/8 "this network", multicast, and 240.0.0.0/4 with the broadcast address.
        if isIn(0, 8) || isIn(0xE000_0000, 4) || isIn(0xF000_0000, 4) { return .nobody }
        // 10/8, 172.16/12, 192.168/16 (RFC 1918), and 169.254/16 (RFC 3927). Not 100.64/10
        // (RFC 6598): behind it are a provider's other customers.
        let isOurs =
            isIn(0x0A00_0000, 8) || isIn(0xAC10_0000, 12) || isIn(0xC0A8_0000, 16)
            || isIn(0xA9FE_0000, 16)
        return isOurs ? .ours : .others
    }

    private static func ofV6(_ address: IPAddress) -> Reach {
        if address.isLoopback { return .loopback }
        if address.isUnspecified || address.isMulticast { return .nobody }
        // fc00::/7 (RFC 4193) and fe80::/10 (RFC 4291 §2.5.6).
        if address.high >> 57 == 0x7E || address.high >> 54 == 0x3FA { return .ours }
        return .others
    }
}
