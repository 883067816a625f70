import Platform

/// What one agent's checks are proved with (RFC 8445 §5.3): a short-term username and password of
/// STUN, made for one stream. The password is shown nowhere but in descriptions.
public struct ICECredentials: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// `ice-ufrag`.
    public let fragment: String
    /// `ice-pwd`.
    let password: String

    /// What RFC 8839 §5.4 allows.
    private static var fragmentLengths: ClosedRange<Int> { 4...256 }
    private static var passwordLengths: ClosedRange<Int> { 22...256 }

    /// Nil where a length or a letter is not allowed.
    public init?(fragment: String, password: String) {
        guard Self.fragmentLengths.contains(fragment.utf8.count),
            Self.passwordLengths.contains(password.utf8.count),
            fragment.utf8.allSatisfy(Self.isLetter), password.utf8.allSatisfy(Self.isLetter)
        else { return nil }
        self.fragment = fragment
        self.password = password
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    public var description: String { "***" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What both sides of a stream agreed on for their checks.
///
/// We are a lite agent (RFC 8445 §2.5): the party checks, we answer, and only our own password proves
/// a check.
public struct ICETerms: Hashable, Sendable {
    public var local: ICECredentials
    /// Of the party's username.
    public var remoteFragment: String

    public init(local: ICECredentials, remoteFragment: String) {
        self.local = local
        self.remoteFragment = remoteFragment
    }
}

extension SessionDescription {
    /// The credentials that count for one m-line: its own first, else the session's.
    func iceCredentials(of line: MediaDescription) -> ICECredentials? {
        for attributes in [line.attributes, attributes] {
            if let fragment = attributes.value(of: "ice-ufrag"),
                let password = attributes.value(of: "ice-pwd")
            {
                return ICECredentials(fragment: fragment, password: password)
            }
        }
        return nil
    }

    /// True where the party makes no checks either (RFC 8839 §5.3).
    var isLite: Bool { attributes.contains(.other(name: "ice-lite", value: nil)) }

    /// True where checks are offered: what ours are proved with will be needed.
    public var wantsChecks: Bool { media.contains { iceCredentials(of: $0) != nil } }

    /// True where this m-line's name stands in a group of those that share one port (RFC 9143).
    func isBundled(_ line: MediaDescription) -> Bool {
        guard let name = line.attributes.value(of: "mid") else { return false }
        for case .other("group", let value?) in attributes {
            let words = value.split(separator: " ")
            if words.first == "BUNDLE", words.dropFirst().contains(Substring(name)) { return true }
        }
        return false
    }
}

extension [SDPAttribute] {
    /// The value of the first attribute of that name that is not typed.
    func value(of name: String) -> String? {
        for case .other(name, let value?) in self { return value }
        return nil
    }
}

extension [SDPAttribute] {
    /// What a description says of checks: our credentials, and where we are. All of it is known at once:
    /// one place, or one of each family, of which the party takes the one that it can reach.
    static func ice(_ own: ICECredentials, at place: LocalStream) -> [SDPAttribute] {
        var attributes: [SDPAttribute] = [
            .other(name: "ice-ufrag", value: own.fragment),
            .other(name: "ice-pwd", value: own.password),
        ]
        let places = [place.rtp] + (place.alternate.map { [$0] } ?? [])
        for (index, address) in places.enumerated() {
            // RFC 8445 §5.1.2.1: host candidates, the first the favourite; the only component.
            let priority: UInt32 = 126 << 24 | UInt32(65_535 - index) << 8 | 255
            let value =
                "\(index + 1) 1 udp \(priority) \(address.address) \(address.port) typ host"
            attributes.append(.other(name: "candidate", value: value))
        }
        attributes.append(.other(name: "end-of-candidates", value: nil))
        return attributes
    }
}
