/// Which reliable provisional response a PRACK acknowledges (RFC 3262 §7.2).
public struct RAck: FieldValue {
    public static let fieldName = FieldName.rAck
    public var responseNumber: UInt32
    public var cSeq: CSeq

    public init(responseNumber: UInt32, cSeq: CSeq) {
        self.responseNumber = responseNumber
        self.cSeq = cSeq
    }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        responseNumber = UInt32(truncatingIfNeeded: try reader.number(upTo: 0xFFFF_FFFF))
        let afterNumber = reader.position
        reader.skipSpace()
        guard reader.position > afterNumber else { throw reader.failure(.expected(32)) }
        cSeq = try reader.cSeq()
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(responseNumber)
        writer.write(UInt8(ascii: " "))
        writer.write(cSeq)
    }
}
