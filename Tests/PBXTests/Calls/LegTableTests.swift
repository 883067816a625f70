import Testing

@testable import PBX

@Suite struct LegTableTests {
    private let first = LegNumber(number: 1)
    private let second = LegNumber(number: 2)

    private func full() -> LegTable<String> {
        var table = LegTable<String>()
        table[second] = "two"
        table[.caller] = "caller"
        table[first] = "one"
        return table
    }

    @Test func `whatever comes first, they stand in the order of their numbers`() {
        let table = full()
        #expect(table.keys == [.caller, first, second])
        #expect(Array(table.values) == ["caller", "one", "two"])
        #expect(table[first] == "one")
        #expect(table[LegNumber(number: 7)] == nil)
    }

    @Test func `one is changed in its place, and one that isn't there stays away`() {
        var table = full()
        table[first]?.append("!")
        table[LegNumber(number: 7)]?.append("!")
        #expect(Array(table.values) == ["caller", "one!", "two"])
    }

    @Test func `one that is removed is given once`() {
        var table = full()
        #expect(table.removeValue(forKey: first) == "one")
        #expect(table.removeValue(forKey: first) == nil)
        table[second] = nil
        table[second] = nil
        #expect(table.keys == [.caller])
        #expect(Array(table.values) == ["caller"])
    }
}
