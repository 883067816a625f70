/// What a dialled code does with calls of others (FC-1 to FC-5).
public enum Feature: Sendable, Equatable {
    /// Answers the call that rings at that number; without one, the longest-ringing call that
    /// the caller may answer.
    case pickUp(at: String?)
    /// Where a blind transfer leaves a call.
    case park(ParkingSlot)
    /// Talks with who is parked there, the oldest first; of several whom that number parked.
    case retrieve(ParkingSlot, parkedBy: String?)

    /// What lists and phones show.
    var shownName: String {
        switch self {
        case .pickUp: "Pickup"
        case .park(let slot): "Park \(slot.number)"
        case .retrieve(let slot, _): "Retrieve \(slot.number)"
        }
    }
}

/// Where calls wait until somebody takes them: 0 to 9. One slot holds as many as are left there.
public struct ParkingSlot: Hashable, Sendable, Codable {
    public let number: Int

    /// 0…9; nil for any other character.
    init?(_ key: Character) {
        guard key.isASCII, let number = key.wholeNumberValue else { return nil }
        self.number = number
    }
}
