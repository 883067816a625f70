import Glibc
import Platform

extension IPAddress {
    /// Reads a `sockaddr_in` or `sockaddr_in6`; nil for other families.
    ///
    /// By their layout, which is the same on every Linux: the members' names belong to several
    /// modules at once, and which one the compiler takes depends on what other files import.
    ///
    /// - Parameter raw: as many bytes as the family's structure has.
    init?(family: Int32, raw: UnsafeRawPointer) {
        switch family {
        case AF_INET:
            let bits = raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
            self.init(v4: UInt32(bigEndian: bits))
        case AF_INET6:
            let high = raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            let low = raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
            self.init(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
        default: return nil
        }
    }
}
