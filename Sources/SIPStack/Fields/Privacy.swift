/// What the sender wants hidden (RFC 3323 §4.2, RFC 3325 §9.3).
public struct Privacy: FieldValue {
    public static let fieldName = FieldName.privacy
    /// `id`, `header`, `session`, `user`, `none`, `critical`, `history`; in small letters.
    public var values: [String]

    public init(_ values: [String]) {
        self.values = values.map { $0.lowercased() }
    }

    /// The asserted identity must not reach who is not trusted.
    public var hidesIdentity: Bool {
        !values.contains("none") && (values.contains("id") || values.contains("user"))
    }

    /// The RFC separates with semicolons; commas are seen too.
    public init(reading reader: inout FieldReader) throws(FieldError) {
        var values: [String] = []
        repeat {
            guard values.count < MessageLimits.listLength else {
                throw reader.failure(.tooManyElements)
            }
            values.append(try reader.token())
        } while reader.takeSpaced(UInt8(ascii: ";")) || reader.takeSpaced(UInt8(ascii: ","))
        self.init(values)
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(values.joined(separator: ";"))
    }
}
