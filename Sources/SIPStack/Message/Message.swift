/// A whole SIP message.
public enum Message: Sendable, Equatable {
    case request(Request)
    case response(Response)

    public func encoded() -> [UInt8] {
        switch self {
        case .request(let request): request.encoded()
        case .response(let response): response.encoded()
        }
    }
}

/// The edge's verdict on the bytes of one message.
public enum ParsedMessage: Sendable, Equatable {
    case request(Request)
    case response(Response)
    /// A request that we cannot take, with what to answer.
    case rejected(Rejection)
    /// Nothing to answer: a response, or a request without a Via that can be read.
    case discarded(MessageError)
}
