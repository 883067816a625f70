extension FaultPlan {
    /// Networks at their worst.
    public static let harsh = FaultPlan.usual

    /// Every steady fault that shrinking and swarm testing may leave out, by its name in plan files.
    static var fields: [(name: String, path: WritableKeyPath<FaultPlan, Int>)] {
        [
            ("lost", \.lost), ("duplicated", \.duplicated), ("reordered", \.reordered),
            ("split", \.split), ("stalled", \.stalled),
        ]
    }
}
