/// How somebody takes part in a room.
public enum RoomRole: Hashable, Sendable {
    /// Hears all others, and is heard by them.
    case speaker
    /// Hears all, and is heard by nobody for now. It is there for the others.
    case muted
    /// Hears all, and nobody knows: no chime tells that it came, nor that it went.
    case listener
    /// The same, and one of them hears what it says, nobody else (CL-8).
    case whisperer(to: MediaLegID)

    /// The others know that it is there.
    var isSeen: Bool { self == .speaker || self == .muted }

    /// Who alone hears it.
    var confidant: MediaLegID? { if case .whisperer(let leg) = self { leg } else { nil } }
}
