/// How much goes wrong in a drawn plan.
public enum FaultLevel: String, Codable, Sendable, CaseIterable {
    /// A good local network, and nothing happens to anybody.
    case none
    /// The networks that people telephone over; now and then a phone is restarted or moved.
    case usual
    /// Everything that can go wrong does, often.
    case harsh
}
