/// The number that people dial to reach an extension: 1 to 15 digits, kept as text.
///
/// Leading zeros count. `*` and `#` belong to feature codes, never to extensions.
public struct ExtensionNumber: Hashable, Sendable, LosslessStringConvertible {
    /// As long as the longest number of the public network (E.164 §6.2.1).
    public static var longest: Int { 15 }

    public let digits: String

    /// Nil unless the text is 1 to 15 ASCII digits.
    public init?(_ description: String) {
        let bytes = description.utf8
        guard (1...Self.longest).contains(bytes.count), bytes.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        digits = description
    }

    public var description: String { digits }
}

extension ExtensionNumber: Codable, Comparable {
    /// Shorter numbers first, so that 99 stands before 100.
    public static func < (one: ExtensionNumber, other: ExtensionNumber) -> Bool {
        one.digits.utf8.count != other.digits.utf8.count
            ? one.digits.utf8.count < other.digits.utf8.count : one.digits < other.digits
    }

    public init(from decoder: any Decoder) throws {
        self = try decodedText(from: decoder, as: "an extension number", ExtensionNumber.init)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(digits)
    }
}

/// What kind of number somebody dialled or showed.
public enum NumberType: String, Hashable, Sendable, Codable, CaseIterable {
    /// An extension, queue or other number inside the exchange.
    case inside
    /// A feature code such as `*60`.
    case feature
    /// A number of the public network as dialled inside the country.
    case national
    /// A number of the public network with its country code.
    case international
    /// An emergency number: it wins over everything.
    case emergency
    /// A SIP address with no digits.
    case address
    /// The caller hides the number.
    case withheld
    case unknown
}

/// A number as it was dialled or shown, what kind it is, and its E.164 form where it has one.
public struct NumberForm: Hashable, Sendable, Codable {
    /// As dialled, shown, or the user part of a SIP address.
    public var text: String
    public var type: NumberType
    /// `+` and up to 15 digits: what address books and lists compare (E.164).
    public var e164: String?

    public init(text: String, type: NumberType, e164: String? = nil) {
        self.text = text
        self.type = type
        self.e164 = e164
    }

    public init(_ number: ExtensionNumber) {
        self.init(text: number.digits, type: .inside)
    }
}

/// What a further number of an extension is for.
public enum NumberUse: String, Hashable, Sendable, Codable, CaseIterable {
    /// Dialled from outside, it rings the extension.
    case direct
    /// Faxes to it become documents of the extension.
    case fax
    /// Shown on calls to the outside.
    case callerID
}

/// A further number of an extension, next to the one that is dialled inside.
public struct NumberRecord: Hashable, Sendable, Codable {
    public var numberID: NumberID
    public var domain: Domain
    public var extensionID: ExtensionID
    public var use: NumberUse
    public var form: NumberForm

    public init(
        numberID: NumberID, domain: Domain, extensionID: ExtensionID, use: NumberUse,
        form: NumberForm
    ) {
        self.numberID = numberID
        self.domain = domain
        self.extensionID = extensionID
        self.use = use
        self.form = form
    }
}
