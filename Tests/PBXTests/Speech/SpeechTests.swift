import Platform
import Testing

@testable import PBX

/// How times are put into words.
struct SpeechTests {
    private func words(
        _ language: SpokenLanguage, _ hour: Int, _ minute: Int, _ second: Int
    ) -> String {
        language.atTheTone(ClockTime(hour: hour, minute: minute, second: second))
            .map { $0.name.split(separator: "/").last.map(String.init) ?? "" }
            .joined(separator: " ")
    }

    @Test func `times in English`() {
        let tone = "at-tone-time-exactly "
        #expect(words(.english, 0, 0, 0) == tone + "12 oclock a-m")
        #expect(words(.english, 9, 5, 10) == tone + "9 oh 5 a-m vm-and 10 seconds")
        #expect(words(.english, 12, 20, 0) == tone + "12 20 p-m")
        #expect(words(.english, 23, 59, 50) == tone + "11 50 9 p-m vm-and 50 seconds")
    }

    @Test func `times in Russian`() {
        let tone = "at-tone-time-exactly "
        #expect(words(.russian, 0, 0, 0) == tone + "0 0 0")
        #expect(words(.russian, 14, 5, 20) == tone + "14 0 5 20 seconds")
        #expect(words(.russian, 21, 40, 0) == tone + "20 1 40")
    }

    @Test func `the day begins anew at midnight, east and west of it`() {
        #expect(ClockTime(secondsOfDay: 86_399) == ClockTime(hour: 23, minute: 59, second: 59))
        #expect(ClockTime(secondsOfDay: 86_400) == ClockTime(hour: 0, minute: 0, second: 0))
        #expect(ClockTime(secondsOfDay: -1) == ClockTime(hour: 23, minute: 59, second: 59))
        let speech = Speech(secondsFromUTC: { _ in 19_800 })
        let time = WallTime(microseconds: 86_400_000_000)
        #expect(speech.clockTime(at: time) == ClockTime(hour: 5, minute: 30, second: 0))
    }

    @Test func `an announcement ends before its tone, or is left to the next`() {
        let now = WallTime(microseconds: 1_000_003_000_000)
        let first = ClockAnnouncement(after: now)
        #expect(first.time.microseconds == 1_000_010_000_000)
        #expect(first.pause(now: now, saying: .seconds(5)) == .seconds(2))
        #expect(first.pause(now: now, saying: .seconds(7)) == .zero)
        #expect(first.pause(now: now, saying: .milliseconds(7_001)) == nil)
        #expect(first.next.time.microseconds == 1_000_020_000_000)
        let late = WallTime(microseconds: 1_000_005_000_000)
        #expect(ClockAnnouncement(after: late).time.microseconds == 1_000_020_000_000)
    }
}
