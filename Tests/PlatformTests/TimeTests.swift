import Platform
import Testing

@Suite struct WallTimeTests {
    /// Seconds since 1970, as `date -u -d @SECONDS` shows them.
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_399, "2000-02-28T23:59:59.000000Z"),
            (951_782_400, "2000-02-29T00:00:00.000000Z"),
            (951_868_800, "2000-03-01T00:00:00.000000Z"),
            (1_000_000_000, "2001-09-09T01:46:40.000000Z"),
            (1_234_567_890, "2009-02-13T23:31:30.000000Z"),
            (1_709_164_800, "2024-02-29T00:00:00.000000Z"),
            (2_147_483_648, "2038-01-19T03:14:08.000000Z"),
            (4_107_542_399, "2100-02-28T23:59:59.000000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000000Z"),
            (253_402_300_799, "9999-12-31T23:59:59.000000Z"),
            (-1, "1969-12-31T23:59:59.000000Z"),
            (-2_203_891_200, "1900-03-01T00:00:00.000000Z"),
            (-2_203_891_201, "1900-02-28T23:59:59.000000Z"),
            (-62_135_596_800, "0001-01-01T00:00:00.000000Z"),
        ] as [(Int64, String)])
    func `a wall time is written as its date in UTC`(seconds: Int64, text: String) {
        #expect(WallTime(microseconds: seconds * 1_000_000).description == text)
    }

    @Test func `microseconds are written, before 1970 too`() {
        #expect(WallTime(microseconds: 1).description == "1970-01-01T00:00:00.000001Z")
        #expect(WallTime(microseconds: -1).description == "1969-12-31T23:59:59.999999Z")
    }

    @Test func `the ends of the range are written without a trap`() {
        #expect(!WallTime(microseconds: .min).description.isEmpty)
        #expect(!WallTime(microseconds: .max).description.isEmpty)
    }

    @Test func `each day of four centuries follows the day before`() {
        var last = CivilDate(daysSince1970: -1)
        for day in Int64(0)..<146_097 {
            let date = CivilDate(daysSince1970: day)
            let isNextDay = date.year == last.year && date.month == last.month
            let isNextMonth = date.year == last.year && date.month == last.month + 1
            let isNextYear = date.year == last.year + 1 && date.month == 1 && last.month == 12
            let follows =
                isNextDay ? date.day == last.day + 1 : (isNextMonth || isNextYear) && date.day == 1
            guard follows, !isNextDay || date.day <= Self.length(of: date) else {
                Issue.record("\(last) is followed by \(date)")
                return
            }
            last = date
        }
        #expect(last == CivilDate(daysSince1970: 146_096))
        #expect((last.year, last.month, last.day) == (2369, 12, 31))
    }

    private static func length(of date: CivilDate) -> Int64 {
        let isLeap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0)
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Int(date.month) - 1]
    }
}

@Suite struct InstantTests {
    @Test func `instants and durations add up, and stop at the ends`() {
        let instant = Instant(nanoseconds: 5)
        #expect(instant + .microseconds(1) == Instant(nanoseconds: 1005))
        #expect(instant + .nanoseconds(-6) == Instant(nanoseconds: -1))
        #expect((instant + .seconds(2)) - instant == .seconds(2))
        #expect(Instant(nanoseconds: .max) + .seconds(1) == Instant(nanoseconds: .max))
        #expect(Instant(nanoseconds: .min) + .seconds(-1) == Instant(nanoseconds: .min))
        #expect(Instant(nanoseconds: .max) - Instant(nanoseconds: -1) == .nanoseconds(Int64.max))
        #expect(Instant(nanoseconds: .min) - Instant(nanoseconds: 1) == .nanoseconds(Int64.min))
    }

    @Test func `a duration is its nanoseconds, as far as 64 bits go`() {
        #expect(Duration.milliseconds(1500).nanoseconds == 1_500_000_000)
        #expect(Duration.milliseconds(-1500).nanoseconds == -1_500_000_000)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(Int64.min).nanoseconds == .min)
    }
}
