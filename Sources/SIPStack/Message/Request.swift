/// A SIP request (RFC 3261 §7.1). What every element needs is typed; the rest stays in `fields`.
public struct Request: Sendable, Equatable {
    public var method: Method
    public var uri: URI
    /// The top one first; empty on a request that was not sent yet.
    public var vias: [Via]
    public var from: NameAddress
    public var to: NameAddress
    public var callID: String
    public var cSeq: CSeq
    /// All other fields, in order; without Content-Length, which the writer adds.
    public var fields: HeaderFields
    public var body: [UInt8]

    public init(
        method: Method, uri: URI, vias: [Via] = [], from: NameAddress, to: NameAddress,
        callID: String, cSeq: CSeq, fields: HeaderFields = HeaderFields(), body: [UInt8] = []
    ) {
        self.method = method
        self.uri = uri
        self.vias = vias
        self.from = from
        self.to = to
        self.callID = callID
        self.cSeq = cSeq
        self.fields = fields
        self.body = body
    }

    /// The bytes for the wire, Content-Length included.
    public func encoded() -> [UInt8] {
        var writer = FieldWriter()
        writer.bytes.reserveCapacity(512 + body.count)
        writer.write(method.name)
        writer.write(UInt8(ascii: " "))
        writer.write(uri)
        writer.write(" SIP/2.0\r\n")
        for via in vias { writer.writeField(.via) { $0.write(via) } }
        writer.writeField(.from) { $0.write(from) }
        writer.writeField(.to) { $0.write(to) }
        writer.writeField(.callID) { $0.writeLine(callID) }
        writer.writeField(.cSeq) { $0.write(cSeq) }
        fields.write(to: &writer)
        writer.writeBody(body)
        return writer.bytes
    }
}

extension FieldWriter {
    mutating func writeField(_ name: FieldName, _ value: (inout FieldWriter) -> Void) {
        write(name.text)
        write(": ")
        value(&self)
        write("\r\n")
    }

    /// Content-Length, the empty line and the body.
    mutating func writeBody(_ body: [UInt8]) {
        writeField(.contentLength) { $0.write(body.count) }
        write("\r\n")
        bytes += body
    }
}
