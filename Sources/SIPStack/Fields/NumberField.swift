/// A field that is one number.
public protocol NumberField: FieldValue {
    var number: UInt32 { get set }
    init(_ number: UInt32)
    static var largest: UInt64 { get }
}

extension NumberField {
    public static var largest: UInt64 { 0xFFFF_FFFF }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        self.init(UInt32(truncatingIfNeeded: try reader.number(upTo: Self.largest)))
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(number)
    }
}

/// How many hops a request may still take (RFC 3261 §20.22).
public struct MaxForwards: NumberField {
    public static let fieldName = FieldName.maxForwards
    public static let largest: UInt64 = 255
    public var number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }
}

/// How many branches a request may still fork into (RFC 5393 §5.3.3, `Max-Breadth`).
public struct MaxBreadth: NumberField {
    public static let fieldName = FieldName.maxBreadth
    public var number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }
}

/// Seconds until something ends (RFC 3261 §20.19).
public struct Expires: NumberField {
    public static let fieldName = FieldName.expires
    public var number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }

    /// Tolerant (RFC 3261 §10.3, RFC 4475 §3.1.2.4): too large a number is the largest.
    public init(reading reader: inout FieldReader) throws(FieldError) {
        let range = reader.run(of: .token)
        let text = reader.text(range)
        guard !range.isEmpty, text.utf8.allSatisfy(ByteClass.isDigit) else {
            throw reader.failure(.expectedNumber)
        }
        self.init(Self.seconds(of: text))
    }

    /// The seconds that text means: 2³²−1 at most, 3600 where it is no number.
    static func seconds(of text: String) -> UInt32 {
        guard !text.isEmpty, text.utf8.allSatisfy(ByteClass.isDigit) else { return 3600 }
        return UInt32(text) ?? .max
    }
}

/// The shortest expiry that a registrar or notifier takes (RFC 3261 §20.23).
public struct MinExpires: NumberField {
    public static let fieldName = FieldName.minExpires
    public var number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }
}

/// The number of a reliable provisional response (RFC 3262 §7.1).
public struct RSeq: NumberField {
    public static let fieldName = FieldName.rSeq
    public var number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }
}

/// Seconds within which a flow's keep-alives must come (RFC 5626 §10).
public struct FlowTimer: NumberField {
    public static let fieldName = FieldName.flowTimer
    public var number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }
}
