import Media
import Platform

/// How a received fax is kept.
public enum FaxFormat: String, Hashable, Sendable, CaseIterable {
    /// TIFF 6.0, Group 4.
    case tiff
    case pdf

    var fileSuffix: String {
        switch self {
        case .tiff: ".tif"
        case .pdf: ".pdf"
        }
    }
}

/// What takes faxes, and where they are kept.
public struct FaxPlan: Sendable {
    public var machines: any FaxPlane
    public var folder: any FileFolder
    /// Where the folder's work is done.
    public var lane: any StorageLane
    public var format: FaxFormat
    /// Bytes of the disk that faxes leave free.
    public var kept: Int
    /// Whether T.38 is taken and asked for.
    public var allowsImage: Bool

    public init(
        machines: any FaxPlane, folder: any FileFolder, lane: any StorageLane,
        format: FaxFormat = .tiff, kept: Int = 500_000_000, allowsImage: Bool = true
    ) {
        self.machines = machines
        self.folder = folder
        self.lane = lane
        self.format = format
        self.kept = kept
        self.allowsImage = allowsImage
    }
}

/// A call that brings a fax.
struct FaxOrder: Sendable {
    /// The file's, without what its format adds; no two are the same.
    var name: String
    var callID: CallID
    var domain: Domain
    var at: WallTime
    /// Who calls, and what was dialled.
    var caller: String
    var number: String
    /// What the sender is shown.
    var identity: String
    var line: FaxLine
    /// Posts, never works: what the sender says that shows a fax machine, once; and the end, once. Nil
    /// where no machine was left.
    var heard: @Sendable () -> Void
    var ended: @Sendable (FaxRecord?) -> Void
}
