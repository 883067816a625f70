import Platform

/// A SIP response (RFC 3261 §7.2).
public struct Response: Sendable, Equatable {
    private struct Parts: Sendable, Equatable {
        var status: Status
        var reason: String
        var vias: [Via]
        var from: NameAddress
        var to: NameAddress
        var callID: String
        var cSeq: CSeq
        var fields: HeaderFields
        var body: [UInt8]
    }

    private var parts: Shared<Parts>

    public var status: Status {
        get { parts.value.status }
        _modify { yield &parts.value.status }
    }
    public var reason: String {
        get { parts.value.reason }
        _modify { yield &parts.value.reason }
    }
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
        status: Status, reason: String? = nil, vias: [Via], from: NameAddress, to: NameAddress,
        callID: String, cSeq: CSeq, fields: HeaderFields = HeaderFields(), body: [UInt8] = []
    ) {
        parts = Shared(
            Parts(
                status: status, reason: reason ?? status.reasonPhrase, vias: vias, from: from,
                to: to, callID: callID, cSeq: cSeq, fields: fields, body: body))
    }

    /// The answer to a request (RFC 3261 §8.2.6): Via, From, To, Call-ID and CSeq copied; the tag
    /// added to a To that has none, but to a 100; Timestamp copied into a 100; Record-Route copied
    /// into what can make a dialog (§12.1.1): 101 to 299.
    public init(
        to request: Request, status: Status, reason: String? = nil, toTag: String? = nil
    ) {
        self.init(
            status: status, reason: reason, vias: request.vias, from: request.from, to: request.to,
            callID: request.callID, cSeq: request.cSeq)
        if to.tag == nil, let toTag, status != .trying { to.tag = toTag }
        if status == .trying { fields.append(.timestamp, from: request.fields) }
        if status > .trying && status.code < 300 {
            fields.append(.recordRoute, from: request.fields)
        }
    }

    /// The bytes for the wire, Content-Length included.
    public func encoded() -> [UInt8] {
        var writer = FieldWriter()
        writer.bytes.reserveCapacity(512 + body.count)
        writer.write("SIP/2.0 ")
        writer.write(status.code)
        writer.write(UInt8(ascii: " "))
        writer.writeLine(reason)
        writer.write("\r\n")
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
