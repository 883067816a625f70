import Platform

/// Why the signalling network could not start; the text says what to do.
public enum SignallingError: Error, Equatable {
    case portInUse(SocketAddress, TransportKind)
    case permission(SocketAddress, TransportKind)
    case addressNotAvailable(SocketAddress, TransportKind)
    /// The machine speaks no IPv4 or no IPv6.
    case familyNotAvailable(SocketAddress, TransportKind)
    /// A TLS listener without a certificate.
    case certificateMissing(SocketAddress)
    /// A transport that is not spoken yet.
    case transportNotAvailable(SocketAddress, TransportKind)
    /// The limit of open files is reached.
    case noFilesLeft
    case threadRefused(PlatformThread.Failure)
    case certificate(CertificateError)
    /// `start` after `start` or `shutdown`.
    case startedBefore
    /// Anything else that the system says, by its errno.
    case system(SocketAddress, TransportKind, code: Int32)
}

extension SignallingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .portInUse(let address, let transport):
            "\(transport.rawValue) \(address) is in use by another program: stop it"
                + " (`\(Self.look(transport, address.port))` shows it), or listen on another port"
        case .permission(let address, let transport):
            "no permission to listen on \(transport.rawValue) \(address): ports below 1024 need"
                + " CAP_NET_BIND_SERVICE (AmbientCapabilities= in the unit file); or use a port above"
        case .addressNotAvailable(let address, let transport):
            "this machine has no address \(address.address) to listen on for"
                + " \(transport.rawValue): `ip address` lists what it has;"
                + " \(address.address.isIPv4 ? "0.0.0.0" : "[::]") listens on all"
        case .familyNotAvailable(let address, let transport):
            "this machine speaks no \(address.address.isIPv4 ? "IPv4" : "IPv6"): remove the listener"
                + " \(transport.rawValue) \(address) from the configuration"
        case .certificateMissing(let address):
            "the listener tls \(address) has no certificate: name one in the configuration"
        case .transportNotAvailable(let address, let transport):
            "\(transport.rawValue) is not spoken yet: remove the listener \(transport.rawValue)"
                + " \(address) from the configuration"
        case .noFilesLeft:
            "the limit of open files is reached: raise it (LimitNOFILE= in the unit file,"
                + " or ulimit -n)"
        case .threadRefused(let failure):
            failure.description
        case .certificate(let error):
            error.description
        case .startedBefore:
            "the signalling network starts once"
        case .system(let address, let transport, let code):
            "can't listen on \(transport.rawValue) \(address): \(systemErrorText(code))"
        }
    }

    private static func look(_ transport: TransportKind, _ port: UInt16) -> String {
        "ss -l\(transport == .udp ? "u" : "t")np sport = :\(port)"
    }
}
