import Platform
import SIPStack
import Testing

@testable import PBX

/// Each press counts once, in however many ways a phone tells it.
struct KeyIntakeTests {
    private func admitted(_ presses: [(Character, KeyIntake.Way, Int64)]) -> String {
        var keys = KeyIntake()
        return String(
            presses.map {
                keys.admits($0, by: $1, now: .start + .milliseconds($2)) ? $0 : "-"
            })
    }

    @Test func `a key that is told in two ways counts once, whichever comes first`() {
        #expect(
            admitted([
                ("5", .tone, 1_000), ("5", .inform, 1_200), ("5", .inform, 1_700),
                ("5", .tone, 1_750),
            ]) == "5-5-")
        #expect(
            admitted([("5", .event, 1_000), ("5", .inform, 1_100), ("6", .tone, 9_000)]) == "5--")
    }

    @Test(arguments: [KeyIntake.Way.tone, .inform, .event])
    func `the same key twice in one way are two presses`(way: KeyIntake.Way) {
        #expect(admitted([("0", way, 100), ("0", way, 250)]) == "00")
    }

    @Test(
        arguments: [
            ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"),
            ("application/dtmf-relay", "Duration= 160\nSIGNAL = *\n", "*"),
            ("Application/DTMF-Relay;x=y", "Signal=11\r\n", "#"),
            ("application/dtmf", "d", "D"), ("application/dtmf", " 10 \r\n", "*"),
            ("application/dtmf-relay", "Duration=160", nil), ("application/dtmf", "", nil),
            ("application/dtmf", "77", nil), ("text/plain", "5", nil),
            ("application/dtmf-relay", "Signal", nil), ("application/dtmf", "\u{20AC}", nil),
        ] as [(String, String, Character?)])
    func `the key of an INFO is read, and of no other body`(
        type: String, text: String, key: Character?
    ) {
        #expect(MessageBody(contentType: type, bytes: Array(text.utf8)).key == key)
    }
}

/// Codes that are pressed in a call.
struct KeySequenceTests {
    private func completions(_ presses: [(Character, Int64)]) -> [Int64] {
        var sequence = KeySequence()
        return presses.filter {
            sequence.completes("*3", with: $0.0, now: .start + .milliseconds($0.1))
        }.map(\.1)
    }

    @Test func `a code counts once, whatever was pressed before it`() {
        #expect(completions([("*", 10_000), ("3", 10_300), ("3", 10_600)]) == [10_300])
        #expect(
            completions([("1", 1), ("*", 2), ("*", 3), ("3", 4), ("*", 5), ("3", 6)]) == [4, 6])
    }

    @Test func `keys that are far apart are no code`() {
        #expect(completions([("*", 10_000), ("3", 13_001)]).isEmpty)
        #expect(completions([("*", 10_000), ("3", 13_000)]) == [13_000])
    }
}
