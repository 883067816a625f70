/// Where fax calls are answered. Live: `PlatformLinux.FaxMachines`. Simulated: machines that speak no
/// T.30, since libspandsp keeps pages in files of its own.
public protocol FaxPlane: Sendable {
    /// Has a machine answer on that line; never blocks.
    ///
    /// - Parameter tell: posts, never works. Pages in their order, then `ended` or `refused`, once.
    func answer(
        _ line: FaxLine, as identity: String, tell: @escaping @Sendable (FaxNews) -> Void)
}

/// What a fax machine of ours tells.
public enum FaxNews: Hashable, Sendable {
    /// The sender speaks as a fax machine does: tone or first words of T.30.
    case heard
    /// A page has come, and its sender is told so.
    case page(FaxPage)
    /// The call is over, or the line was ended.
    case ended(FaxOutcome)
    /// No machine is left.
    case refused
}

/// What came of a fax call.
public struct FaxOutcome: Hashable, Sendable {
    public var pageCount: Int
    /// Bits a second, of the last page; 0 where there was none.
    public var bitRate: Int
    /// What the sender calls itself (TSI); empty where it said nothing.
    public var sender: String
    /// Lost pieces were sent again (T.30 annex A).
    public var hasErrorCorrection: Bool
    /// Both machines agree that all is there.
    public var isComplete: Bool
    /// How it ended, in words.
    public var words: String

    public init(
        pageCount: Int = 0, bitRate: Int = 0, sender: String = "",
        hasErrorCorrection: Bool = false, isComplete: Bool = false, words: String = ""
    ) {
        self.pageCount = pageCount
        self.bitRate = bitRate
        self.sender = sender
        self.hasErrorCorrection = hasErrorCorrection
        self.isComplete = isComplete
        self.words = words
    }
}
