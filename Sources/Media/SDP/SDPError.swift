/// Why bytes are not a session description (RFC 8866 §5).
public struct SDPError: Error, Equatable, Sendable {
    /// What was wrong.
    public enum Kind: Equatable, Sendable {
        /// The first line is not `v=0`.
        case versionMissing
        /// A line is not `<letter>=<value>`.
        case malformedLine
        /// No `o=` line, or a second one.
        case originMissing, originRepeated
        /// An `o=`, `c=`, `b=` or `m=` line that its grammar does not allow.
        case malformedOrigin, malformedConnection, malformedBandwidth, malformedMedia
        /// A limit of ``SDPLimits`` was passed.
        case tooLong(limit: Int), lineTooLong(limit: Int), tooManyMedia(limit: Int)
        case tooManyFormats(limit: Int), tooManyLines(limit: Int)
    }

    public var kind: Kind
    /// The offset in bytes of the line where reading stopped.
    public var offset: Int

    public init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}

/// What a session description may hold before it is refused.
public struct SDPLimits: Equatable, Sendable {
    /// A browser's offer with many ICE candidates is 8 kB; nothing honest is larger than this.
    public var byteCount = 32_768
    /// A long `fmtp` of a video codec is under 1 kB.
    public var lineLength = 2_048
    /// Lines in all.
    public var lineCount = 1_024
    /// Each m-line costs an answer line.
    public var mediaCount = 16
    /// Payload types are 7 bits.
    public var formatCount = 128

    public init() {}

    public static let standard = SDPLimits()
}
