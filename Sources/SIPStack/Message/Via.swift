import Platform

/// One hop of a message's way (RFC 3261 §20.42).
public struct Via: Sendable, Equatable {
    /// What a Via says of `rport` (RFC 3581).
    public enum ResponsePort: Hashable, Sendable {
        case absent, requested
        case port(UInt16)
    }

    /// As written, `UDP` or a token that we do not know.
    public var transport: String
    public var host: Host {
        didSet { hostText = nil }
    }
    public var port: UInt16?
    public var parameters: Parameters
    /// `SIP/2.0` but in the Via of a message in another version, which is answered with 505.
    fileprivate(set) var sentProtocol = "SIP/2.0"
    /// The host as its sender wrote it, where we would write it otherwise: a sender finds its own
    /// sent-by by comparing text.
    private var hostText: String?

    public init(
        transport: String, host: Host, port: UInt16? = nil, parameters: Parameters = Parameters()
    ) {
        self.transport = transport
        self.host = host
        self.port = port
        self.parameters = parameters
    }

    public init(
        transport: TransportKind, host: Host, port: UInt16? = nil, branch: String,
        rport: ResponsePort = .absent
    ) {
        self.init(transport: transport.rawValue.uppercased(), host: host, port: port)
        if rport == .requested { parameters.set("rport", nil) }
        self.branch = branch
        if case .port = rport { self.rport = rport }
    }

    /// The transport, where we know it.
    public var transportKind: TransportKind? {
        TransportKind(rawValue: transport.lowercased())
    }

    public var branch: String? {
        get { parameters["branch"] }
        set { parameters["branch"] = newValue }
    }

    /// True where the branch begins with RFC 3261's magic cookie and goes on.
    public var hasMagicCookie: Bool {
        guard let branch = branch?.utf8, branch.count > 7 else { return false }
        return branch.prefix(7).elementsEqual("z9hg4bk".utf8) { lowercased($0) == $1 }
    }

    /// Where the request came from; IPv6 is read with and without brackets (RFC 5118 §4.5).
    public var received: IPAddress? {
        get {
            guard var text = parameters["received"] else { return nil }
            if text.hasPrefix("[") && text.hasSuffix("]") {
                text = String(text.dropFirst().dropLast())
            }
            return IPAddress(text)
        }
        set { parameters["received"] = newValue?.description }
    }

    public var rport: ResponsePort {
        get {
            guard parameters.contains("rport") else { return .absent }
            return parameters["rport"].flatMap { UInt16($0) }.map { .port($0) } ?? .requested
        }
        set {
            switch newValue {
            case .absent: parameters.remove("rport")
            case .requested: parameters.set("rport", nil)
            case .port(let port): parameters.set("rport", String(port))
            }
        }
    }

    /// The multicast or fixed address to answer to.
    public var maddr: Host? { parameters["maddr"].flatMap { Host($0) } }

    public var ttl: UInt8? { parameters["ttl"].flatMap { UInt8($0) } }

    /// The port that sent-by means: the one given, else the transport's own.
    public var effectivePort: UInt16 { port ?? transportKind?.defaultPort ?? 5060 }

    public static func == (first: Via, second: Via) -> Bool {
        equalIgnoringCase(first.transport, second.transport) && first.host == second.host
            && first.port == second.port && first.parameters == second.parameters
    }

    fileprivate var writtenHost: String { hostText ?? host.description }

    fileprivate mutating func keep(hostText text: String) {
        if case .name = host { return }
        if text != host.description { hostText = text }
    }
}

extension FieldReader {
    /// One Via value, up to a comma or the end.
    public mutating func via() throws(FieldError) -> Via {
        var partial: Via?
        return try via(partial: &partial)
    }

    /// The same; `partial` keeps what was read before an error: where to answer, mostly.
    mutating func via(partial: inout Via?) throws(FieldError) -> Via {
        skipSpace()
        let name = try token()
        guard takeSpaced(UInt8(ascii: "/")) else { throw failure(.badVersion) }
        let version = try token()
        guard takeSpaced(UInt8(ascii: "/")) else { throw failure(.badVersion) }
        let transport = try token()
        let afterTransport = position
        skipSpace()
        guard position > afterTransport else { throw failure(.expected(32)) }
        let hostStart = position
        var via = Via(transport: transport, host: try host())
        via.keep(hostText: text(hostStart..<position))
        if name != "SIP" || version != "2.0" { via.sentProtocol = "\(name)/\(version)" }
        let afterHost = position
        skipSpace()
        if take(UInt8(ascii: ":")) {
            skipSpace()
            via.port = try portNumber()
        } else {
            position = afterHost
        }
        partial = via
        while takeSpaced(UInt8(ascii: ";")) {
            via.parameters.append(try parameter())
            partial = via
        }
        skipSpace()
        return via
    }
}

extension FieldWriter {
    public mutating func write(_ via: Via) {
        write(via.sentProtocol)
        write(UInt8(ascii: "/"))
        write(via.transport)
        write(UInt8(ascii: " "))
        write(via.writtenHost)
        if let port = via.port {
            write(UInt8(ascii: ":"))
            write(port)
        }
        write(via.parameters)
    }
}
