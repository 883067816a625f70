import Platform

/// 128 bits as 26 lower-case characters that sort by time: 48 bits of milliseconds since 1970, then
/// 80 random bits (the ULID layout, in Crockford's base 32).
///
/// Sorting by time keeps the call log's index growing at its end, where inserts are cheap.
///
/// Kept as numbers: it is compared and copied far more often than read.
struct SortableToken: Hashable, Comparable, Sendable {
    private let high: UInt64
    private let low: UInt64

    init(at time: WallTime, random: some RandomSource) {
        let milliseconds = UInt64(clamping: time.microseconds / 1000) & 0xFFFF_FFFF_FFFF
        high = milliseconds << 16 | random.next() & 0xFFFF
        low = random.next()
    }

    static func < (one: SortableToken, other: SortableToken) -> Bool {
        (one.high, one.low) < (other.high, other.low)
    }

    /// Reads the text form in either case; nil for anything else.
    init?(_ text: String) {
        let bytes = text.lowercased().utf8
        guard bytes.count == Self.length, bytes.first.map({ $0 <= UInt8(ascii: "7") }) == true
        else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in bytes {
            guard let digit = Self.alphabet.firstIndex(of: byte) else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        self.high = high
        self.low = low
    }

    private static var length: Int { 26 }

    /// The letters i, l, o and u are left out.
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    var text: String {
        String(unsafeUninitializedCapacity: Self.length) { characters in
            var high = high
            var low = low
            for index in characters.indices.prefix(Self.length).reversed() {
                characters[index] = Self.alphabet[Int(low & 31)]
                low = low >> 5 | high << 59
                high >>= 5
            }
            return Self.length
        }
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
        one.token < other.token
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
        one.token < other.token
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
