import Platform

/// The host of a URI or of a Via: a name, or an address (RFC 3261 §25.1 `host`).
public enum Host: Hashable, Sendable {
    /// Kept as written; compared without regard to case.
    case name(String)
    /// IPv6 is written in brackets.
    case ip(IPAddress)

    public static func == (first: Host, second: Host) -> Bool {
        switch (first, second) {
        case (.name(let one), .name(let other)): equalIgnoringCase(one, other)
        case (.ip(let one), .ip(let other)): one == other
        case (.name, .ip), (.ip, .name): false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .name(let name): hashIgnoringCase(name, into: &hasher)
        case .ip(let address): hasher.combine(address)
        }
    }

    /// Reads a name, an IPv4 address or a bracketed IPv6 address; nil for anything else.
    public init?(_ text: String) {
        var reader = FieldReader(text)
        guard let host = try? reader.host(), reader.isAtEnd else { return nil }
        self = host
    }
}

extension Host: CustomStringConvertible {
    public var description: String {
        switch self {
        case .name(let name): name
        case .ip(let address): address.isIPv4 ? "\(address)" : "[\(address)]"
        }
    }
}
