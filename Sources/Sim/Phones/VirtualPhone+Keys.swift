import Platform
import SIPStack

/// A person at the door of the conferences presses keys, as the voice there asks for.
extension VirtualPhone {
    static let conferenceNumber = "700"
    /// Whether a number leads to a conference.
    static func isConference(_ number: String) -> Bool { number.hasPrefix(conferenceNumber) }

    /// An ID; creates it; has said what there is to say.
    private static let keys = ["1#*##", "2#*##", "1##", "2#*#*", "#*12##", "1#"]

    func planKeys() {
        guard call?.remoteNumber == Self.conferenceNumber else { return }
        call?.keys = Array(Self.keys[random.number(in: 0...Self.keys.count - 1)])
        set(.key, after: random.duration(from: .milliseconds(200), to: .seconds(2)))
    }

    /// A transfer led to the door of the conferences, as the exchange says of itself (RFC 3325).
    func noteDoor(_ request: Request) {
        guard let call, !call.isAtDoor, call.remoteNumber != Self.conferenceNumber,
            request.fields[.pAssertedIdentity]?.contains("sip:\(Self.conferenceNumber)@") ?? false
        else { return }
        self.call?.isAtDoor = true
        self.call?.keys = Array(Self.keys[whim.number(in: 0...Self.keys.count - 1)])
        set(.key, after: whim.duration(from: .milliseconds(200), to: .seconds(2)))
    }

    func pressNextKey() {
        guard case .talking = call?.stage, let key = call?.keys.first else { return }
        call?.keys.removeFirst()
        call?.audio.press(key)
        set(.key, after: random.duration(from: .milliseconds(200), to: .seconds(3)))
    }
}
