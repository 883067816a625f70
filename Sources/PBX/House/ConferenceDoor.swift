/// Takes the ID of a conference from the keys that a caller presses (CO-4).
///
///     waiting ──digits──► waiting ──#──► through, or a tone and waiting again
///
/// A pure core; `*` forgets what was pressed.
struct ConferenceDoor: Sendable, Equatable {
    enum Effect: Sendable, Equatable {
        /// That conference it is.
        case open(ConferenceID)
        /// No ID: the tone again.
        case askAgain
    }

    private var pressed = ""

    mutating func press(_ key: Character) -> Effect? {
        switch key {
        case "0"..."9":
            // What is too long is no ID, and is told so at its end.
            if pressed.utf8.count <= ConferenceID.longest { pressed.append(key) }
            return nil
        case "#":
            defer { pressed = "" }
            return ConferenceID(pressed).map { .open($0) } ?? .askAgain
        case "*":
            pressed = ""
            return .askAgain
        default:
            return nil
        }
    }
}
