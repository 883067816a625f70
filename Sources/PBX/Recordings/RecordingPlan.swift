import Media
import Platform

/// Where and how recordings are kept.
public struct RecordingPlan: Sendable {
    public var folder: any FileFolder
    /// Where the folder's work is done: a lane of its own, so that no call record waits for it.
    public var lane: any StorageLane
    public var format: RecordingFormat
    /// Bytes of the disk that recordings leave free.
    public var kept: Int

    public init(
        folder: any FileFolder, lane: any StorageLane, format: RecordingFormat = RecordingFormat(),
        kept: Int = 500_000_000
    ) {
        self.folder = folder
        self.lane = lane
        self.format = format
        self.kept = kept
    }
}

/// A recording as lists show it.
public struct RecordingListing: Hashable, Sendable, Codable {
    public var name: String
    public var bytes: Int
}

/// What is to be recorded, and as what.
struct RecordingOrder: Sendable {
    /// The file's, without what its format adds; no two are the same.
    var name: String
    var reel: SoundReel
    /// Called once where it ends by itself; posts, never works.
    var stopped: @Sendable (RecordingFailure) -> Void
}
