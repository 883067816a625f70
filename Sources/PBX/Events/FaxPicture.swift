/// A fax that came, or tried to, as it is shown.
public struct FaxPicture: Hashable, Sendable, Codable {
    public var callID: CallID
    public var caller: String
    /// What was dialled.
    public var number: String
    /// What the sending machine calls itself.
    public var sender: String
    public var pageCount: Int
    public var isComplete: Bool
    /// How it ended.
    public var words: String
    public var file: String?

    init(_ record: FaxRecord) {
        callID = record.callID
        caller = record.caller
        number = record.number
        sender = record.sender
        pageCount = record.pageCount
        isComplete = record.isComplete
        words = record.words
        file = record.file
    }
}
