import Platform

/// One place that a request may be sent to (RFC 3263 §4).
public struct NextHop: Hashable, Sendable {
    public var transport: TransportKind
    public var address: SocketAddress
    /// By TLS: for whom the other side must be certified (RFC 5922 §4); nil: anybody.
    public var certifiedName: String?

    public init(
        _ transport: TransportKind, _ address: SocketAddress, certifiedName: String? = nil
    ) {
        self.transport = transport
        self.address = address
        self.certifiedName = certifiedName
    }

    public var destination: Destination {
        guard transport == .tls, let certifiedName else { return .address(transport, address) }
        return .certified(address, name: certifiedName)
    }

    /// The place alone.
    var bare: NextHop { NextHop(transport, address) }
}

extension NextHop: CustomStringConvertible {
    public var description: String { "\(transport.rawValue):\(address)" }
}

/// Why a URI leads nowhere.
public enum LocationFailure: Hashable, Sendable, Error {
    /// The domain says that it speaks no SIP, or the name has no address.
    case noSuchName(String)
    /// Nobody could say: worth another try soon.
    case unanswered(String, NameFailure)
    /// A transport that we can't open: WebSocket, or one that nobody knows.
    case unsupportedTransport(String)
    /// More searches are open than the locator takes.
    case overloaded
}

extension LocationFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noSuchName(let name): "'\(name)' has no address"
        case .unanswered(let name, let failure): "no answer about '\(name)': \(failure.rawValue)"
        case .unsupportedTransport(let name): "transport '\(name)' can't be called"
        case .overloaded: "too many searches"
        }
    }
}
