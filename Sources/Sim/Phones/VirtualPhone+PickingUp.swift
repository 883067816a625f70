import Platform
import SIPStack

/// A person sees a lamp flash and presses its key: the phone asks for the place of the phone that
/// rings, by the name that the lamp brought (INVITE with Replaces, RFC 3891, RFC 4235 §4.1.2).
extension VirtualPhone {
    /// Of a thousand lamps that flash so many are pressed.
    private static let pressedLamps = 40

    func pressLamp(of number: String, _ document: String) {
        guard isIdle, !isClosing, !isOff, registration.isRegistered, habits.drill == nil,
            let name = Self.nameOfRinging(in: document),
            whim.happens(perThousand: Self.pressedLamps)
        else { return }
        placeCall(to: "*20*\(number)", replacing: (number, name))
    }

    /// The value of the Replaces field for the first dialog that rings there.
    private static func nameOfRinging(in document: String) -> String? {
        for part in document.split(separator: "<dialog ").dropFirst()
        where part.contains("direction=\"recipient\"><state>early<") {
            guard let sipCallID = attribute("call-id", of: part),
                let local = attribute("local-tag", of: part),
                let remote = attribute("remote-tag", of: part)
            else { continue }
            return "\(sipCallID);to-tag=\(local);from-tag=\(remote);early-only"
        }
        return nil
    }

    private static func attribute(_ name: String, of part: Substring) -> Substring? {
        guard let start = part.firstRange(of: "\(name)=\"")?.upperBound,
            let end = part[start...].firstIndex(of: "\"")
        else { return nil }
        return part[start..<end]
    }
}
