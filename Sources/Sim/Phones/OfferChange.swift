import Platform

/// What a re-INVITE of a phone's is for.
enum OfferChange: Sendable {
    case hold, resume
    /// A single codec instead of several.
    case codec
    /// A fax by T.38 instead of audio, and audio again.
    case image, sound
    /// Nothing changes: it only says that the phone is there.
    case again

    /// Between two that change nothing.
    static let pause = Duration.seconds(30)

    /// When it is tried again.
    var deadline: VirtualPhone.Deadline {
        switch self {
        case .hold: .hold
        case .resume: .resume
        case .codec: .fixCodec
        case .image: .askImage
        case .sound: .askSound
        case .again: .offerAgain
        }
    }
}
