/// What a message may be at most, and what a request beyond it is answered with.
public struct MessageLimits: Hashable, Sendable {
    /// Bytes of a whole message: the largest UDP datagram. Beyond it 513 (RFC 3261 §21.5.7); a
    /// stream is broken off, since its next message cannot be found cheaply.
    public var messageSize: Int
    /// Bytes of start line and fields together. Beyond it 513.
    public var headerSize: Int
    /// Fields of a message: a long route of proxies has some 40. Beyond it 513.
    public var fieldCount: Int
    /// Bytes of one line with its folds: long credentials or identity tokens have some 4,000.
    /// Beyond it 513; beyond it in the start line 414 (RFC 3261 §21.4.12).
    public var lineLength: Int
    /// Vias of a message: Max-Forwards starts at 70. Beyond it 513.
    public var viaCount: Int
    /// Bytes of a body. Beyond it 413 (RFC 3261 §21.4.11).
    public var bodySize: Int

    /// Elements of one comma list: contacts, option tags. Beyond it the field is malformed.
    public static let listLength = 256
    /// No limit can be set beyond this: records count with 32 bits and lines with 16.
    public static let largestSize = 1 << 24

    public init(
        messageSize: Int = 65_535, headerSize: Int = 49_152, fieldCount: Int = 256,
        lineLength: Int = 16_384, viaCount: Int = 80, bodySize: Int = 65_535
    ) {
        self.messageSize = min(messageSize, Self.largestSize)
        self.headerSize = min(headerSize, Self.largestSize)
        self.fieldCount = min(fieldCount, 65_535)
        self.lineLength = min(lineLength, 65_535)
        self.viaCount = viaCount
        self.bodySize = bodySize
    }

    public static let standard = MessageLimits()
}
