import Platform

/// A SIP request (RFC 3261 §7.1). What every element needs is typed; the rest stays in `fields`.
public struct Request: Sendable, Equatable {
    private struct Parts: Sendable, Equatable {
        var method: Method
        var uri: URI
        var vias: [Via]
        var from: NameAddress
        var to: NameAddress
        var callID: String
        var cSeq: CSeq
        var fields: HeaderFields
        var body: [UInt8]
    }

    private var parts: Shared<Parts>

    public var method: Method {
        get { parts.value.method }
        _modify { yield &parts.value.method }
    }
    public var uri: URI {
        get { parts.value.uri }
        _modify { yield &parts.value.uri }
    }
    /// The top one first; empty on a request that was not sent yet.
    public var vias: [Via] {
        get { parts.value.vias }
        _modify { yield &parts.value.vias }
    }
    public var from: NameAddress {
        get { parts.value.from }
        _modify { yield &parts.value.from }
    }
    public var to: NameAddress {
        get { parts.value.to }
        _modify { yield &parts.value.to }
    }
    public var callID: String {
        get { parts.value.callID }
        _modify { yield &parts.value.callID }
    }
    public var cSeq: CSeq {
        get { parts.value.cSeq }
        _modify { yield &parts.value.cSeq }
    }
    /// All other fields, in order; without Content-Length, which the writer adds.
    public var fields: HeaderFields {
        get { parts.value.fields }
        _modify { yield &parts.value.fields }
    }
    public var body: [UInt8] {
        get { parts.value.body }
        _modify { yield &parts.value.body }
    }

    public init(
        method: Method, uri: URI, vias: [Via] = [], from: NameAddress, to: NameAddress,
        callID: String, cSeq: CSeq, fields: HeaderFields = HeaderFields(), body: [UInt8] = []
    ) {
        parts = Shared(
            Parts(
                method: method, uri: uri, vias: vias, from: from, to: to, callID: callID,
                cSeq: cSeq, fields: fields, body: body))
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
