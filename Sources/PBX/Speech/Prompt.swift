/// Words that were recorded once, named as the prompt packages of Debian name their files
/// (`asterisk-core-sounds-en-g722`, `asterisk-core-sounds-ru-g722`).
public struct Prompt: Hashable, Sendable {
    public let name: String

    private init(_ name: String) {
        self.name = name
    }

    /// "Please enter the conference number, followed by the pound key."
    static let askConference = Prompt("conf-getconfno")
    static let noSuchConference = Prompt("conf-invalid")
    /// "You are entering conference number" …
    static let enteringConference = Prompt("conf-enteringno")
    /// "If this is correct, press" …
    static let ifCorrectPress = Prompt("if-correct-press")
    static let star = Prompt("digits/star")
    /// "Or pound to cancel."
    static let orPoundToCancel = Prompt("vm-tocancel")
    /// "After the tone say your name, and then press the pound key."
    static let sayYourName = Prompt("vm-rec-name")
    static let conferenceIsFull = Prompt("conf-full")
    /// "… is now in the conference", "… has left the conference": after a name.
    static let hasJoined = Prompt("conf-hasjoin")
    static let hasLeft = Prompt("conf-hasleft")
    /// "Please leave your message after the tone. When done, hang up, or press the pound key."
    static let speakAfterTheTone = Prompt("vm-intro")
    static let goodbye = Prompt("vm-goodbye")
    static let atTheTone = Prompt("at-tone-time-exactly")
    static let oClock = Prompt("digits/oclock")
    static let oh = Prompt("digits/oh")
    static let beforeNoon = Prompt("digits/a-m")
    static let afterNoon = Prompt("digits/p-m")
    static let and = Prompt("vm-and")
    static let seconds = Prompt("seconds")
    static let hundred = Prompt("digits/hundred")
    static let thousand = Prompt("digits/thousand")

    /// 0…20 and the tens to 90.
    static func digits(_ number: Int) -> Prompt { Prompt("digits/\(number)") }

    /// "The conference is now being recorded."
    static let isRecorded = Prompt("conf-now-recording")

    /// Digit by digit, as numbers are read out.
    static func spelled(_ digits: String) -> [Prompt] {
        digits.compactMap(\.wholeNumberValue).map(Prompt.digits)
    }
}
