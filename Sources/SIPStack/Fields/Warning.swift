/// What went wrong, for people (RFC 3261 §20.43).
public struct Warning: FieldValue {
    public static let fieldName = FieldName.warning
    public static let form = FieldForm.list
    /// 300 to 399.
    public var code: UInt16
    /// Who warns: a host, maybe with a port, or a made-up name.
    public var agent: String
    public var text: String

    public init(code: UInt16, agent: String, text: String) {
        self.code = code
        self.agent = agent
        self.text = text
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        code = UInt16(truncatingIfNeeded: try reader.number(upTo: 999))
        reader.skipSpace()
        let range = reader.run(of: .parameterValue)
        guard !range.isEmpty else { throw reader.failure(.expectedHost) }
        agent = reader.text(range)
        reader.skipSpace()
        text = try reader.quotedString()
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(code)
        writer.write(UInt8(ascii: " "))
        writer.writeLine(agent)
        writer.write(UInt8(ascii: " "))
        writer.writeQuoted(text)
    }
}
