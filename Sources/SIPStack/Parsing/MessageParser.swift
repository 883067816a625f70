/// How a message's end is known.
public enum MessageFraming: Hashable, Sendable {
    /// A datagram or a WebSocket message: the bytes are the message. Content-Length may be absent;
    /// what lies beyond it is ignored (RFC 3261 §18.3).
    case datagram
    /// A stream, cut by `StreamFramer`: Content-Length rules.
    case stream
}

/// Turns the bytes of one message into a value, or into what to do about them.
///
/// Its tables are made once; one parser serves one owner.
public struct MessageParser: ~Copyable {
    public let limits: MessageLimits
    let names = FieldNameTable.standard
    var layout = MessageLayout()
    /// As many as there may be fields; the first `layout.fieldCount` are the last message's.
    var records: [FieldRecord]

    public init(limits: MessageLimits = .standard) {
        self.limits = limits
        records = [FieldRecord](repeating: FieldRecord(), count: limits.fieldCount)
    }

    /// The verdict on one whole message.
    public mutating func parse(_ bytes: [UInt8], framing: MessageFraming) -> ParsedMessage {
        var failure: MessageError?
        do throws(ScanFault) {
            try index(bytes.span)
        } catch {
            failure = MessageError(error, limits: limits)
        }
        if bytes.count > limits.messageSize {
            failure = MessageError(
                .messageTooLarge, offset: limits.messageSize, limit: limits.messageSize)
        }
        var draft = MessageDraft(bytes, layout, records[..<layout.fieldCount])
        do throws(MessageError) {
            return try draft.message(framing: framing, limits: limits, failure: failure)
        } catch {
            return draft.verdict(on: error)
        }
    }
}
