/// The 38 things that nearly every element asks of a message, as slices and numbers: nothing is
/// copied, nothing allocated. A slice is empty, a number 0, where the message says nothing.
public struct MessageEssentials: Sendable {
    public var method = MessageSlice()
    public var requestUser = MessageSlice()
    public var requestHost = MessageSlice()
    public var viaTransport = MessageSlice()
    public var viaHost = MessageSlice()
    public var viaBranch = MessageSlice()
    public var viaReceived = MessageSlice()
    public var fromUser = MessageSlice()
    public var fromHost = MessageSlice()
    public var fromTag = MessageSlice()
    public var toUser = MessageSlice()
    public var toHost = MessageSlice()
    public var toTag = MessageSlice()
    public var callID = MessageSlice()
    public var cSeqMethod = MessageSlice()
    public var contactUser = MessageSlice()
    public var contactHost = MessageSlice()
    /// The credentials of the first Authorization, where their scheme is Digest.
    public var digestUsername = MessageSlice()
    public var digestRealm = MessageSlice()
    public var digestNonce = MessageSlice()
    public var digestURI = MessageSlice()
    public var digestResponse = MessageSlice()
    public var digestQOP = MessageSlice()
    public var digestNonceCount = MessageSlice()
    public var digestClientNonce = MessageSlice()
    public var body = MessageSlice()
    public var status = 0
    public var requestPort = 0
    public var viaPort = 0
    /// −1 where `rport` is asked for without a value.
    public var viaResponsePort = 0
    public var fromPort = 0
    public var toPort = 0
    public var contactPort = 0
    public var contactExpires = 0
    public var cSeqNumber = 0
    public var maxForwards = 0
    public var contentLength = 0
    public var expires = 0

    public init() {}

    /// The known names are numbered so that those read here come first, below this.
    static let fieldNumbers = 16
}

extension MessageParser {
    /// Indexes a message and reads its essentials: what `parse` does, without making values.
    public mutating func readEssentials(
        _ bytes: Span<UInt8>, into essentials: inout MessageEssentials
    ) throws(MessageError) {
        do throws(ScanFault) {
            try index(bytes)
            try scanEssentials(bytes, layout, records.span, &essentials)
        } catch {
            throw MessageError(error, limits: limits)
        }
    }

    /// Only the index: how many fields the message has.
    public mutating func countFields(_ bytes: Span<UInt8>) throws(MessageError) -> Int {
        do throws(ScanFault) {
            try index(bytes)
        } catch {
            throw MessageError(error, limits: limits)
        }
        return layout.fieldCount
    }
}
