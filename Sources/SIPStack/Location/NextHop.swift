import Platform

/// One place that a request may be sent to (RFC 3263 §4).
public struct NextHop: Hashable, Sendable {
    public var transport: TransportKind
    public var address: SocketAddress

    public init(_ transport: TransportKind, _ address: SocketAddress) {
        self.transport = transport
        self.address = address
    }

    public var destination: Destination { .address(transport, address) }
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
