import Platform

extension Request {
    /// Where the request goes by its own words: the first Route, else its URI (RFC 3261 §8.1.2).
    /// Nil where that is a name, which only a look-up could turn into an address.
    var numericNextHop: SocketAddress? {
        let hop = routes.first?.uri ?? uri
        guard let sip = hop.sip, !sip.isSecure, case .ip(let address) = sip.host,
            !address.isUnspecified, !address.isMulticast
        else { return nil }
        return SocketAddress(address: address, port: sip.effectivePort)
    }
}
