/// A whole number that names one row for ever: it is never given to another, even after removal.
public protocol RecordNumber: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    var number: Int64 { get }
    init(number: Int64)
}

extension RecordNumber {
    public static func < (one: Self, other: Self) -> Bool { one.number < other.number }

    public var description: String { String(number) }

    public init(from decoder: any Decoder) throws {
        self.init(number: try decoder.singleValueContainer().decode(Int64.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }
}

/// Names a person for as long as the exchange lives.
public struct PersonID: RecordNumber {
    public let number: Int64
    public init(number: Int64) { self.number = number }
}

/// Names an extension; it stays when the extension's number changes.
public struct ExtensionID: RecordNumber {
    public let number: Int64
    public init(number: Int64) { self.number = number }
}

/// Names a device: a phone or softphone with a secret of its own.
public struct DeviceID: RecordNumber {
    public let number: Int64
    public init(number: Int64) { self.number = number }
}

/// Names a group of extensions.
public struct GroupID: RecordNumber {
    public let number: Int64
    public init(number: Int64) { self.number = number }
}

/// Names one further number of an extension: a direct number, a fax number, a caller ID.
public struct NumberID: RecordNumber {
    public let number: Int64
    public init(number: Int64) { self.number = number }
}
