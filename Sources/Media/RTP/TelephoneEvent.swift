/// A key that was pressed, as RFC 4733 carries it: the whole press, told once.
public struct TelephoneEvent: Hashable, Sendable {
    /// 0–15 are `0`…`9`, `*`, `#`, `A`…`D`; 16 is a hook flash (RFC 4733 §3.2).
    public var code: UInt8
    public var duration: Duration
    /// Power below 0 dBm0, 0…63.
    public var volume: UInt8

    public init(code: UInt8, duration: Duration, volume: UInt8 = 10) {
        self.code = code
        self.duration = duration
        self.volume = volume
    }

    /// The key's character; `!` for a hook flash (as INFO bodies write it); nil for other events.
    public var character: Character? {
        switch code {
        case 0...9: Character(Unicode.Scalar(48 + code))
        case 10: "*"
        case 11: "#"
        case 12...15: Character(Unicode.Scalar(65 + code - 12))
        case 16: "!"
        default: nil
        }
    }

    /// The code of a key's character; nil where it is no key.
    public static func code(of character: Character) -> UInt8? {
        switch character {
        case "0"..."9": character.asciiValue.map { $0 - 48 }
        case "*": 10
        case "#": 11
        case "A"..."D": character.asciiValue.map { $0 - 65 + 12 }
        case "a"..."d": character.asciiValue.map { $0 - 97 + 12 }
        case "!": 16
        default: nil
        }
    }
}
