import Platform

/// 128 bits as 26 lower-case characters that sort by time: 48 bits of milliseconds since 1970, then
/// 80 random bits (the ULID layout, in Crockford's base 32).
///
/// Sorting by time keeps the call log's index growing at its end, where inserts are cheap.
struct SortableToken: Hashable, Sendable {
    let text: String

    init(at time: WallTime, random: some RandomSource) {
        let milliseconds = UInt64(clamping: time.microseconds / 1000) & 0xFFFF_FFFF_FFFF
        let first = random.next()
        let second = random.next()
        let high = milliseconds << 16 | first & 0xFFFF
        text = Self.encoded(high: high, low: second)
    }

    /// Reads the text form in either case; nil for anything else.
    init?(_ text: String) {
        let lowered = text.lowercased()
        guard lowered.utf8.count == 26, lowered.utf8.allSatisfy(Self.isInAlphabet),
            lowered.utf8.first.map({ $0 <= UInt8(ascii: "7") }) == true
        else { return nil }
        self.text = lowered
    }

    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// The letters i, l, o and u are left out.
    private static func isInAlphabet(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 97...104, 106, 107, 109, 110, 112...116, 118...122: true
        default: false
        }
    }

    private static func encoded(high: UInt64, low: UInt64) -> String {
        var high = high
        var low = low
        var characters = [UInt8](repeating: 0, count: 26)
        for index in characters.indices.reversed() {
            characters[index] = alphabet[Int(low & 31)]
            low = low >> 5 | high << 59
            high >>= 5
        }
        return String(decoding: characters, as: UTF8.self)
    }
}

/// Names a call, from its first ring to its record, in every log and table.
///
/// Not SIP's Call-ID: that one is `sipCallID`.
public struct CallID: Hashable, Sendable, LosslessStringConvertible {
    private let token: SortableToken

    public init(at time: WallTime, random: some RandomSource) {
        token = SortableToken(at: time, random: random)
    }

    public init?(_ description: String) {
        guard let token = SortableToken(description) else { return nil }
        self.token = token
    }

    public var description: String { token.text }
}

/// Names a leg for its whole life, also when it moves to another call.
public struct LegID: Hashable, Sendable, LosslessStringConvertible {
    private let token: SortableToken

    public init(at time: WallTime, random: some RandomSource) {
        token = SortableToken(at: time, random: random)
    }

    public init?(_ description: String) {
        guard let token = SortableToken(description) else { return nil }
        self.token = token
    }

    public var description: String { token.text }
}

extension CallID: Codable, Comparable {
    public static func < (one: CallID, other: CallID) -> Bool {
        one.description < other.description
    }

    public init(from decoder: any Decoder) throws {
        self = try decodedText(from: decoder, as: "a call ID", CallID.init)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension LegID: Codable, Comparable {
    public static func < (one: LegID, other: LegID) -> Bool {
        one.description < other.description
    }

    public init(from decoder: any Decoder) throws {
        self = try decodedText(from: decoder, as: "a leg ID", LegID.init)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Decodes a value that is written as one text.
func decodedText<Value>(
    from decoder: any Decoder, as meaning: String, _ make: (String) -> Value?
) throws -> Value {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = make(text) else {
        throw DecodingError.dataCorruptedError(
            in: container, debugDescription: "'\(text)' is not \(meaning)")
    }
    return value
}
