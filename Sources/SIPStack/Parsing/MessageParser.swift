/// How a message's end is known.
public enum MessageFraming: Hashable, Sendable {
    /// A datagram or a WebSocket message: the bytes are the message. Content-Length may be absent;
    /// what lies beyond it is ignored (RFC 3261 §18.3).
    case datagram
    /// A stream, cut by `StreamFramer`: Content-Length rules.
    case stream
}

/// Turns the bytes of one message into a value, or into what to do about them.
public struct MessageParser: ~Copyable {
    public let limits: MessageLimits

    public init(limits: MessageLimits = .standard) {
        self.limits = limits
    }

    /// The verdict on one whole message.
    public mutating func parse(_ bytes: [UInt8], framing: MessageFraming) -> ParsedMessage {
        var draft = MessageDraft()
        do throws(MessageError) {
            guard bytes.count <= limits.messageSize else {
                let error = MessageError(
                    .messageTooLarge, offset: limits.messageSize, limit: limits.messageSize)
                try draft.index(Array(bytes.prefix(limits.messageSize)), limits: limits)
                throw error
            }
            try draft.index(bytes, limits: limits)
            return try draft.message(framing: framing, limits: limits)
        } catch {
            return draft.verdict(on: error)
        }
    }
}
