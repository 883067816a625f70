import Platform
import SIPStack

/// Which keys of a party count. Phones tell a key in up to three ways at once: as a telephone event
/// (RFC 4733), by INFO, and by its tone in the sound. Each press counts once.
///
/// A party's best way decides: once it was used, tones, then INFOs count no more. Before that the
/// same key in another way shortly after is the same press.
struct KeyIntake: Sendable, Equatable {
    /// The better one is the greater one.
    enum Way: Int, Sendable, Equatable {
        case tone, inform, event
    }

    /// How far apart the ways of one press may arrive.
    private static let samePress = Duration.seconds(1)

    private var best: Way?
    private var lastKey: Character?
    private var lastWay = Way.tone
    private var lastTime = Instant.start

    init() {}

    /// True where this is a press of its own.
    mutating func admits(_ key: Character, by way: Way, now: Instant) -> Bool {
        if let best, way.rawValue < best.rawValue { return false }
        best = way
        let isSame = key == lastKey && way != lastWay && now - lastTime < Self.samePress
        (lastKey, lastWay, lastTime) = (key, way, now)
        return !isSame
    }
}

extension MessageBody {
    /// The key that an INFO tells: `5` (`application/dtmf`), or `Signal=5` and a duration
    /// (`application/dtmf-relay`); `*` and `#` also as 10 and 11. Nil for any other body.
    var key: Character? {
        guard bytes.count <= 128 else { return nil }
        var word = bytes[...]
        if isOfType("application/dtmf-relay") {
            let lines = bytes.split { $0 == 13 || $0 == 10 }
            let name = Array("signal".utf8)
            let line = lines.first { line in
                line.count > name.count && zip(line, name).allSatisfy { $0 | 0x20 == $1 }
            }
            guard let line, let sign = line.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            word = line[(sign + 1)...]
        } else if !isOfType("application/dtmf") {
            return nil
        }
        let text = String(decoding: word.filter { $0 > 32 }, as: UTF8.self).uppercased()
        if text.count > 1 {
            guard let code = UInt8(text), code < 16 else { return nil }
            return Array("0123456789*#ABCD")[Int(code)]
        }
        return text.first.flatMap { "0123456789*#ABCD".contains($0) ? $0 : nil }
    }
}
