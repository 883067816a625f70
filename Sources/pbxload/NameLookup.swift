import Glibc
import Platform

/// Finds the address of a host, once: what is found is what is judged, and what is sent to.
enum NameLookup {
    /// Why a name has no address.
    struct Failure: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    /// The first address that the system names.
    static func address(of host: String) throws(Failure) -> IPAddress {
        if let address = IPAddress(host) { return address }
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            throw Failure(description: "\(host): \(String(cString: gai_strerror(code)))")
        }
        defer { freeaddrinfo(list) }
        var next = list
        while let entry = next {
            if let address = numeric(entry.pointee) { return address }
            next = entry.pointee.ai_next
        }
        throw Failure(description: "\(host): no address")
    }

    private static func numeric(_ entry: addrinfo) -> IPAddress? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = getnameinfo(
            entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard code == 0 else { return nil }
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        // A zone is no part of the address; a link-local one is of no use without it.
        return IPAddress(utf8: bytes.prefix { $0 != UInt8(ascii: "%") })
    }
}
