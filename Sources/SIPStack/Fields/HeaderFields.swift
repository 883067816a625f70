/// A message's fields in their order, as text until asked for as a type.
///
/// All names and values lie in one array of bytes; a record of 16 bytes a line says where. The
/// array of a received message is shared, not copied, until a field is added.
public struct HeaderFields: Sendable {
    private var bytes: [UInt8] = []
    private var records: [FieldRecord] = []

    public init() {}

    /// `records` must lie within `bytes`.
    init(bytes: [UInt8], records: [FieldRecord]) {
        self.bytes = bytes
        self.records = records
    }

    public var count: Int { records.count }
    public var isEmpty: Bool { records.isEmpty }

    /// Every line in order.
    public var lines: [(name: FieldName, value: String)] {
        records.map { (name(of: $0), text(of: $0)) }
    }

    public func contains(_ name: FieldName) -> Bool {
        firstIndex(of: name) != nil
    }

    /// How many lines bear the name.
    public func lineCount(of name: FieldName) -> Int {
        records.count { has($0, name) }
    }

    /// The text of every line that bears the name, in order.
    public func texts(of name: FieldName) -> [String] {
        records.filter { has($0, name) }.map(text(of:))
    }

    /// The first line's text. Setting replaces all lines of the name in the place of the first;
    /// nil removes them.
    public subscript(_ name: FieldName) -> String? {
        get { firstIndex(of: name).map { text(of: records[$0]) } }
        set {
            guard let newValue else { return remove(name) }
            let place = firstIndex(of: name)
            remove(name)
            append(name: name, raw: newValue)
            guard let place, let record = records.popLast() else { return }
            records.insert(record, at: place)
        }
    }

    // MARK: Typed

    /// The first line's value, the first element where it is a list.
    public func first<Value: FieldValue>(_ type: Value.Type) throws(FieldError) -> Value? {
        guard let index = firstIndex(of: Value.fieldName) else { return nil }
        var reader = reader(of: records[index])
        guard Value.form != .single else { return try reader.one(type) }
        return try reader.every(type).first
    }

    /// Every element of every line, in order.
    public func all<Value: FieldValue>(_ type: Value.Type) throws(FieldError) -> [Value] {
        var values: [Value] = []
        for record in records where has(record, Value.fieldName) {
            var reader = reader(of: record)
            values += try reader.every(type)
        }
        return values
    }

    /// Adds a line at the end.
    public mutating func append<Value: FieldValue>(_ value: Value) {
        append([value])
    }

    /// Adds the values as one line at the end; nothing where there are none and the field may not
    /// be empty.
    public mutating func append<Value: FieldValue>(_ values: [Value]) {
        guard !values.isEmpty || Value.form == .listOrEmpty else { return }
        if Value.form == .single {
            for value in values { append(name: Value.fieldName, raw: value.fieldText) }
            return
        }
        var writer = FieldWriter()
        for (index, value) in values.enumerated() {
            if index > 0 { writer.write(", ") }
            value.write(to: &writer)
        }
        append(name: Value.fieldName, raw: writer.text)
    }

    /// Replaces all lines of the field.
    public mutating func set<Value: FieldValue>(_ value: Value) {
        self[Value.fieldName] = value.fieldText
    }

    /// Adds a line before all others of its name, as Record-Route and Via grow.
    public mutating func prepend<Value: FieldValue>(_ value: Value) {
        let place = firstIndex(of: Value.fieldName)
        append(value)
        guard let place, let record = records.popLast() else { return }
        records.insert(record, at: place)
    }

    public mutating func remove(_ name: FieldName) {
        records = records.filter { !has($0, name) }
    }

    /// Adds a line at the end as text; line breaks in it become spaces.
    public mutating func append(name: FieldName, raw value: String) {
        var record = FieldRecord()
        record.number = name.number
        if name.number == 0 {
            let text = name.text.utf8.prefix(Int(UInt16.max))
            record.nameOffset = UInt32(truncatingIfNeeded: bytes.count)
            record.nameLength = UInt16(truncatingIfNeeded: text.count)
            bytes.append(contentsOf: text)
        }
        let value = evened(value).utf8
        record.valueOffset = UInt32(truncatingIfNeeded: bytes.count)
        record.valueLength = UInt32(truncatingIfNeeded: value.count)
        bytes.append(contentsOf: value)
        records.append(record)
    }

    /// Copies all lines of a name from another message.
    public mutating func append(_ name: FieldName, from other: HeaderFields) {
        for record in other.records where other.has(record, name) {
            append(name: name, raw: other.text(of: record))
        }
    }

    // MARK: Records

    private func firstIndex(of name: FieldName) -> Int? {
        records.firstIndex { has($0, name) }
    }

    private func has(_ record: FieldRecord, _ name: FieldName) -> Bool {
        guard record.number == name.number else { return false }
        return record.number != 0 || self.name(of: record) == name
    }

    private func name(of record: FieldRecord) -> FieldName {
        guard record.number == 0 else { return FieldName(known: record.number) }
        return FieldName(unknown: String(decoding: bytes[record.nameRange], as: UTF8.self))
    }

    private func text(of record: FieldRecord) -> String {
        guard record.isUneven else {
            return String(decoding: bytes[record.valueRange], as: UTF8.self)
        }
        return String(decoding: evened(bytes[record.valueRange]), as: UTF8.self)
    }

    private func reader(of record: FieldRecord) -> FieldReader {
        FieldReader(bytes, in: record.valueRange)
    }

    func write(to writer: inout FieldWriter) {
        for record in records {
            writer.write(name(of: record).text)
            writer.write(": ")
            if record.isUneven {
                writer.bytes += evened(bytes[record.valueRange])
            } else {
                writer.bytes += bytes[record.valueRange]
            }
            writer.write("\r\n")
        }
    }
}

extension HeaderFields: Equatable {
    /// The same lines in the same order; names without regard to case.
    public static func == (first: HeaderFields, second: HeaderFields) -> Bool {
        first.count == second.count
            && zip(first.lines, second.lines).allSatisfy {
                $0.name == $1.name && $0.value == $1.value
            }
    }
}

/// Each fold, a line break with the white space round it, as one space (RFC 3261 §7.3.1), and so
/// every other control byte; white space at the ends dropped. Nothing that could end the line is
/// left.
func evened(_ value: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var isInFold = true
    for byte in value {
        if byte < 32 && byte != 9 {
            if !isInFold {
                while let last = result.last, last == 32 || last == 9 { result.removeLast() }
                if !result.isEmpty { result.append(32) }
            }
            isInFold = true
        } else if !isInFold || byte != 32 && byte != 9 {
            isInFold = false
            result.append(byte)
        }
    }
    while let last = result.last, last == 32 || last == 9 { result.removeLast() }
    return result
}

func evened(_ text: String) -> String {
    var even = text
    let isEven = even.withUTF8 { bytes in
        bytes.first != 32 && bytes.last != 32 && bytes.allSatisfy { $0 >= 32 }
    }
    return isEven ? even : String(decoding: evened(Array(text.utf8)[...]), as: UTF8.self)
}
