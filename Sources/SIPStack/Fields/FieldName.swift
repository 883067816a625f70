/// The name of a field, without regard to case and in its long form (RFC 3261 §7.3.1, §7.3.3).
public struct FieldName: Sendable {
    /// The place in the table of known names, from 1; 0 for a name that is not there.
    let number: UInt8
    /// An unknown name as written; empty for a known one.
    private let unknownText: String

    init(known number: UInt8) {
        self.number = number
        unknownText = ""
    }

    /// A name that the caller knows to be in no table.
    init(unknown text: String) {
        number = 0
        unknownText = text
    }

    /// The name that the text means, a compact form included.
    public init(_ text: String) {
        let bytes = Array(text.utf8)
        number = FieldNameTable.standard.number(bytes.span, 0, bytes.count)
        unknownText = number == 0 ? text : ""
    }

    /// The long form as the RFC spells it; an unknown name as written.
    public var text: String {
        number == 0 ? unknownText : Self.table[Int(number) - 1].name
    }
}

extension FieldName: Hashable {
    public static func == (first: FieldName, second: FieldName) -> Bool {
        first.number == second.number && equalIgnoringCase(first.unknownText, second.unknownText)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(number)
        hashIgnoringCase(unknownText, into: &hasher)
    }
}

extension FieldName: CustomStringConvertible {
    public var description: String { text }
}
