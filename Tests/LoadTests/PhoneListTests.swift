import Testing

@testable import pbxload

/// Where phones' numbers and passwords come from.
@Suite struct PhoneListTests {
    @Test func `numbers count on, and the pattern holds each phone's own`() throws {
        let list = try PhoneList(first: "099", count: 2, passwordPattern: "secret-{number}")
        #expect(
            list.entries == [
                .init(number: "099", password: "secret-099"),
                .init(number: "100", password: "secret-100"),
            ])
    }

    @Test(arguments: [("", 1), ("1a", 1), ("+1", 1), ("1", 0), ("1", 20_001)])
    func `a first number or a count that makes no sense is refused`(first: String, count: Int) {
        #expect(throws: PhoneList.Fault.self) {
            try PhoneList(first: first, count: count, passwordPattern: "x")
        }
    }

    @Test func `a CSV file as pbxctl imports it is read, whatever the order of columns`() throws {
        let csv = "name,Number,pin,password\n\"Ann, desk\",100,1,\"a,\"\"b\"\nBo,101,2,c\n"
        let list = try PhoneList(csv: csv, limit: nil)
        #expect(list.entries.map(\.number) == ["100", "101"])
        #expect(list.entries.map(\.password) == ["a,\"b", "c"])
        #expect(try PhoneList(csv: csv, limit: 1).entries.count == 1)
    }

    @Test(arguments: [
        "", "number\n100\n", "number,password\n", "number,password\n100\n",
        "number,password\nabc,x\n", "number,password\n100,x\n100,y\n", "number,password\n100,\n",
    ])
    func `a file without numbers and passwords is refused, and no password is told`(csv: String) {
        #expect(throws: PhoneList.Fault.self) { try PhoneList(csv: csv, limit: nil) }
    }

    @Test(arguments: [
        ("200ms", Duration.milliseconds(200)), ("90s", .seconds(90)), ("20m", .seconds(1200)),
        ("24h", .seconds(86_400)), ("0s", .zero),
    ])
    func `durations are read as people write them`(text: String, duration: Duration) {
        #expect(SpokenDuration(argument: text)?.duration == duration)
    }

    @Test(arguments: ["", "5", "s", "-1s", "+1s", "1d", "25h", "1.5s", "99999999999999999999s"])
    func `other durations are refused`(text: String) {
        #expect(SpokenDuration(argument: text) == nil)
    }
}
