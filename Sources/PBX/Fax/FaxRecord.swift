import Media
import Platform

/// A fax that came, or tried to: a row of table `fax`, one a call.
public struct FaxRecord: Hashable, Sendable, Codable {
    public var domain: Domain
    public var callID: CallID
    public var at: WallTime
    /// Who called, as its call record has it, and what it dialled.
    public var caller: String
    public var number: String
    /// What the sending machine calls itself (TSI), at most 20 characters; empty where it said nothing.
    public var sender: String
    public var pageCount: Int
    /// Bits a second of the last page.
    public var bitRate: Int
    /// By T.38; else by sound.
    public var isImage: Bool
    /// Both machines agree that all is there, and all is on the disk.
    public var isComplete: Bool
    /// How it ended, in words.
    public var words: String
    /// Its file's name; nil where no page came.
    public var file: String?

    /// One line for histories.
    var summary: String {
        let pages = pageCount == 1 ? "1 page" : "\(pageCount) pages"
        let origin = sender.isEmpty ? "" : " from \(sender)"
        return "\(pages)\(origin) by \(isImage ? "T.38" : "sound"): \(words)"
    }
}

/// A fax as lists show it; the time in ISO 8601.
public struct FaxListing: Hashable, Sendable, Codable {
    public var callID: String
    public var at: String
    public var caller: String
    public var number: String
    public var sender: String
    public var pages: Int
    public var bitRate: Int
    /// `sound` or `T.38`.
    public var carriedBy: String
    public var isComplete: Bool
    public var result: String
    public var file: String?

    init(_ record: FaxRecord) {
        callID = record.callID.description
        at = record.at.description
        caller = record.caller
        number = record.number
        sender = record.sender
        pages = record.pageCount
        bitRate = record.bitRate
        carriedBy = record.isImage ? "T.38" : "sound"
        isComplete = record.isComplete
        result = record.words
        file = record.file
    }
}
