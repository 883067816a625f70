/// The SIP domain that an exchange serves: part of every key, so that one store can hold several.
///
/// Held in lower case: host names compare without case (RFC 3261 §19.1.4).
public struct Domain: Hashable, Sendable, LosslessStringConvertible {
    /// DNS allows no longer name (RFC 1035 §2.3.4).
    public static var longestName: Int { 253 }

    public let name: String

    /// Reads a host name or an IP address (an IPv6 one in brackets); nil for anything else.
    public init?(_ description: String) {
        let lowered = description.lowercased()
        let bytes = Array(lowered.utf8)
        guard (1...Self.longestName).contains(bytes.count) else { return nil }
        if bytes.first == UInt8(ascii: "[") {
            guard bytes.last == UInt8(ascii: "]"),
                bytes.dropFirst().dropLast().allSatisfy({ Self.isHexadecimalOrColon($0) })
            else { return nil }
        } else {
            let labels = lowered.split(separator: ".", omittingEmptySubsequences: false)
            guard labels.allSatisfy(Self.isLabel) else { return nil }
        }
        name = lowered
    }

    public var description: String { name }

    private static func isLabel(_ label: Substring) -> Bool {
        let hyphen = UInt8(ascii: "-")
        return (1...63).contains(label.utf8.count)
            && label.utf8.first != hyphen && label.utf8.last != hyphen
            && label.utf8.allSatisfy { $0 == hyphen || $0 == 95 || isLetterOrDigit($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte)
    }

    private static func isHexadecimalOrColon(_ byte: UInt8) -> Bool {
        byte == 58 || byte == 46 || (48...57).contains(byte) || (97...102).contains(byte)
    }
}

extension Domain: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodedText(from: decoder, as: "a domain", Domain.init)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
