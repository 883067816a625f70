/// What a field's value can hold (RFC 3261 §7.3.1).
public enum FieldForm: Hashable, Sendable {
    /// One value a line; a second line is an error where the RFC allows one only.
    case single
    /// One or more values, separated by commas, over one or more lines.
    case list
    /// The same, and the line may be empty.
    case listOrEmpty
}

/// A field's value as a type: one element where the field is a list.
public protocol FieldValue: Sendable, Equatable {
    static var fieldName: FieldName { get }
    static var form: FieldForm { get }
    /// Reads one value, up to a comma or the end.
    init(reading reader: inout FieldReader) throws(FieldError)
    func write(to writer: inout FieldWriter)
}

extension FieldValue {
    public static var form: FieldForm { .single }

    /// Reads a whole value.
    public init(parsing text: String) throws(FieldError) {
        var reader = FieldReader(text)
        self = try reader.one(Self.self)
    }

    /// The value as it is written.
    public var fieldText: String {
        var writer = FieldWriter()
        write(to: &writer)
        return writer.text
    }
}

extension FieldReader {
    /// One value that reaches to the end.
    mutating func one<Value: FieldValue>(_ type: Value.Type) throws(FieldError) -> Value {
        skipSpace()
        let value = try Value(reading: &self)
        skipSpace()
        try expectEnd()
        return value
    }

    /// Every value of one line.
    mutating func every<Value: FieldValue>(_ type: Value.Type) throws(FieldError) -> [Value] {
        guard Value.form != .single else { return [try one(type)] }
        skipSpace()
        if isAtEnd && Value.form == .listOrEmpty { return [] }
        var values: [Value] = []
        repeat {
            guard values.count < MessageLimits.listLength else { throw failure(.tooManyElements) }
            skipSpace()
            values.append(try Value(reading: &self))
            skipSpace()
        } while take(UInt8(ascii: ","))
        try expectEnd()
        return values
    }
}
