import Testing

@testable import PBX

@Suite struct CSVTableTests {
    private func rows(_ text: String) throws -> [[String]] {
        let table = try CSVTable(text)
        return [table.header.fields] + table.records.map(\.fields)
    }

    @Test func `quotes, doubled quotes, commas and line ends inside fields are read (RFC 4180)`()
        throws
    {
        let text = "number,name\r\n100,\"Adams, Ada\"\r\n101,\"says \"\"hi\"\"\"\r\n102,\"a\r\nb\""
        let expected = [
            ["number", "name"], ["100", "Adams, Ada"], ["101", "says \"hi\""], ["102", "a\r\nb"],
        ]
        #expect(try rows(text) == expected)
    }

    @Test func `a byte-order mark, bare line feeds and empty lines are tolerated`() throws {
        #expect(try rows("\u{FEFF}a,b\n\n1,\n\n,2\n") == [["a", "b"], ["1", ""], ["", "2"]])
    }

    @Test func `a record is named by the line that it begins on`() throws {
        let table = try CSVTable("a\n\"1\n2\"\n3\n")
        #expect(table.records.map(\.line) == [2, 4])
    }

    @Test(arguments: [
        ("", 1), ("a\n\"open", 2), ("a\nb\"c\n", 2), ("a\n\"b\"c\n", 2), ("a\n\"x\ny\"z", 3),
    ])
    func `what is no CSV is refused with its line`(text: String, line: Int) {
        let fault = #expect(throws: CSVTable.Fault.self) { try CSVTable(text) }
        #expect(fault?.line == line)
    }
}
