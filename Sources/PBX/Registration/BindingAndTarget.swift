import Platform
import SIPStack

/// One contact of an extension: where a device is now, until when, and the way it came by.
public struct Binding: Sendable, Equatable {
    /// What names a binding: the device's flow where it said so (RFC 5626), else its Contact's URI.
    public enum Key: Sendable, Equatable {
        case contact(URI)
        case flow(instance: String, regID: UInt32)
    }

    public var key: Key
    public var contact: NameAddress
    /// The flow of the REGISTER: requests to the device go back on it.
    public var flow: Flow
    public var path: [NameAddress]
    /// `+sip.instance`, without its angle brackets.
    public var instance: String?
    public var regID: UInt32?
    /// Preference in thousandths, 0 to 1000.
    public var preference: Int
    public var expires: Instant
    public var sipCallID: String
    public var sequence: UInt32
    public var device: DeviceID
    public var userAgent: String
    /// False once its connection is gone: it counts as unregistered until it registers again.
    public var isReachable: Bool
    /// It sends and listens at one port (RFC 3581). What outlived a restart is taken so: the flow
    /// is what was kept of it.
    public var isSymmetric = true

    /// Where requests to this binding go.
    ///
    /// A device that names its own address as its source did is asked there, unless it listens where
    /// it sends from; behind NAT, or on a stream, only the flow itself leads to it. A box that
    /// rewrites the address of a Contact and not its port makes NAT look like the open.
    public var destination: Destination {
        guard flow.transport == .udp, !isSymmetric, case .sip(let uri) = contact.uri,
            case .ip(let address) = uri.host, address == flow.remote.address
        else { return .flow(flow) }
        let port = uri.port ?? flow.transport.defaultPort
        guard port != flow.remote.port else { return .flow(flow) }
        return .address(.udp, SocketAddress(address: address, port: port))
    }
}

/// One way to one device.
public struct RingTarget: Sendable, Equatable, Codable {
    /// The Request-URI: the device's own Contact, unchanged (so that GRUUs and parameters survive).
    public var uri: URI
    public var routes: [NameAddress]
    public var destination: Destination
    /// Whose it is; nil for a way out by a trunk.
    public var device: DeviceID?
    /// The local address that the device knows us by.
    public var flow: Flow
    /// Which of the call's ways out it is; nil for a device. The way itself holds what must not be
    /// recorded: how challenges are answered.
    var wayOut: Int?
    /// It refused what it was offered, and is offered G.711 alone.
    var isPlain = false

    public init(_ binding: Binding) {
        uri = binding.contact.uri
        routes = binding.path
        destination = binding.destination
        device = binding.device
        flow = binding.flow
    }

    /// One way out.
    init(uri: URI, routes: [NameAddress], destination: Destination, flow: Flow) {
        self.uri = uri
        self.routes = routes
        self.destination = destination
        self.flow = flow
    }
}
