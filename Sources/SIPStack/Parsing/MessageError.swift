/// Why bytes are no message that we take.
public struct MessageError: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// No start line, or not all of the header section.
        case truncated
        case badStartLine
        case badRequestURI(FieldError.Reason)
        case badVersion
        /// A line that is no field: no colon, or a name that is no token.
        case badFieldLine
        case missing(FieldName)
        /// More than one line of a field that may stand once.
        case repeated(FieldName)
        case bad(FieldName, FieldError.Reason)
        /// The CSeq's method is not the request's (RFC 3261 §8.1.1.5).
        case methodMismatch
        /// Content-Length says more than came (datagrams), or is missing (streams).
        case bodyTooShort
        case requestURITooLong
        case messageTooLarge, headerTooLarge, tooManyFields, lineTooLong, tooManyVias, bodyTooLarge
    }

    public var kind: Kind
    /// Bytes from the start of the message.
    public var offset: Int
    /// The limit that was passed, where one was.
    public var limit: Int?

    public init(_ kind: Kind, offset: Int, limit: Int? = nil) {
        self.kind = kind
        self.offset = offset
        self.limit = limit
    }

    /// What a request with this error is answered with.
    public var status: Status {
        switch kind {
        case .badVersion: .versionNotSupported
        case .requestURITooLong: .requestURITooLong
        case .bodyTooLarge: .requestEntityTooLarge
        case .messageTooLarge, .headerTooLarge, .tooManyFields, .tooManyVias: .messageTooLarge
        case .lineTooLong: .messageTooLarge
        case .truncated, .badStartLine, .badRequestURI, .badFieldLine, .missing, .repeated, .bad,
            .methodMismatch, .bodyTooShort:
            .badRequest
        }
    }
}

extension MessageError {
    /// What the first pass found, in words.
    init(_ fault: ScanFault, limits: MessageLimits) {
        let name = fault.number == 0 ? FieldName.via : FieldName(known: fault.number)
        var limit: Int?
        switch fault.kind {
        case .truncated: kind = .truncated
        case .startLine: kind = .badStartLine
        case .fieldLine: kind = .badFieldLine
        case .tooManyFields:
            kind = .tooManyFields
            limit = limits.fieldCount
        case .lineTooLong:
            kind = .lineTooLong
            limit = limits.lineLength
        case .missing: kind = .missing(name)
        case .field: kind = .bad(name, .badCharacter)
        case .requestURI: kind = .badRequestURI(.badURI)
        case .bodyTooShort: kind = .bodyTooShort
        }
        offset = fault.offset
        self.limit = limit
    }
}
