import Platform

/// How much of what people say is sent in a run.
public enum SoundPlan: String, Codable, Sendable, CaseIterable {
    /// Nothing.
    case off
    /// Now and then a packet with the speaker's mark: enough to prove who hears whom.
    case probe
    /// A packet each 20 ms, as phones send.
    case full

    /// How long after its `count`-th packet, in a conversation that has had no change for `age`, a
    /// party sends the next.
    func pause(after count: Int, age: Duration) -> Duration {
        if self == .full || count < 3 { return AudioProbe.packetTime }
        return age < .seconds(20) ? .seconds(2) : .seconds(10)
    }
}
