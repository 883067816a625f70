/// What the exchange answers at numbers of its own, as phones know it.
enum HouseCall: Sendable, Equatable {
    /// Each word comes back: at once, or after the tone.
    case echo, playback
    /// Something is heard that nobody says.
    case music
    /// Whoever is in the same room is heard.
    case conference

    static let echoNumber = "*80"

    /// But for the echo and conferences.
    static let numbers = ["*81", "*82", "*83", "*84", "*85"]

    /// Nil for what is none.
    init?(_ number: String) {
        switch number {
        case Self.echoNumber: self = .echo
        case "*83": self = .playback
        case "*81", "*82", "*84", "*85": self = .music
        default:
            guard VirtualPhone.isConference(number) else { return nil }
            self = .conference
        }
    }
}
