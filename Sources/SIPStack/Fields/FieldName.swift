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
        number = Self.numbers[text.lowercased()] ?? 0
        unknownText = number == 0 ? text : ""
    }

    /// The long form as the RFC spells it; an unknown name as written.
    public var text: String {
        number == 0 ? unknownText : Self.table[Int(number) - 1].name
    }

    private static let numbers: [String: UInt8] = makeNumbers()

    private static func makeNumbers() -> [String: UInt8] {
        var numbers: [String: UInt8] = [:]
        for (index, entry) in table.enumerated() {
            let number = UInt8(truncatingIfNeeded: index + 1)
            numbers[entry.name.lowercased()] = number
            if let compact = entry.compact { numbers[compact] = number }
        }
        return numbers
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
