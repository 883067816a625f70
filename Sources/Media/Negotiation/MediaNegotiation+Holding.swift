/// Who holds.
extension MediaNegotiation {
    /// The party does not want to hear at the moment: it holds.
    public var isHolding: Bool {
        lines.first { $0.kind == .audio && $0.stream != nil }
            .map { !$0.willingDirection.receives } ?? false
    }
}
