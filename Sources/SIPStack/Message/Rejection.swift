/// A request that could not be taken, and the answer to it (RFC 3261 §8.2, §16.3).
public struct Rejection: Sendable, Equatable {
    public var status: Status
    public var reason: String
    public var error: MessageError
    /// Nil where the method was not readable.
    public var method: Method?
    /// The top Via first, as far as they were readable; the answer goes where the top one says.
    public var vias: [Via]
    /// The answer as a value; nil to an ACK, and where From, To, Call-ID or CSeq were not
    /// readable (`encodedAnswer` echoes them even so).
    public var response: Response?
    /// From, To, Call-ID and CSeq as they came, as far as they came.
    public var echoed: HeaderFields

    public var via: Via? { vias.first }

    /// The bytes of the answer; nil to an ACK, which is never answered.
    ///
    /// `topVia`, where given, stands in for the top Via: with `received` and `rport` filled in.
    public func encodedAnswer(topVia: Via? = nil) -> [UInt8]? {
        guard method != .ack, !vias.isEmpty else { return nil }
        var answered = vias
        if let topVia { answered[0] = topVia }
        var writer = FieldWriter()
        writer.write("SIP/2.0 ")
        writer.write(status.code)
        writer.write(UInt8(ascii: " "))
        writer.writeLine(reason)
        writer.write("\r\n")
        for via in answered { writer.writeField(.via) { $0.write(via) } }
        if let response {
            writer.writeField(.from) { $0.write(response.from) }
            writer.writeField(.to) { $0.write(response.to) }
            writer.writeField(.callID) { $0.writeLine(response.callID) }
            writer.writeField(.cSeq) { $0.write(response.cSeq) }
        } else {
            echoed.write(to: &writer)
        }
        writer.writeBody([])
        return writer.bytes
    }
}
