import Platform
import Testing

@Suite struct DeadlineTableTests {
    /// What the table must do, in the plainest way.
    private struct NaiveTable {
        private var entries: [(name: Int, deadline: Instant, sequence: Int)] = []
        private var sequence = 0

        var count: Int { entries.count }

        var earliest: Instant? { first?.deadline }

        private var first: (name: Int, deadline: Instant, sequence: Int)? {
            entries.min { ($0.deadline, $0.sequence) < ($1.deadline, $1.sequence) }
        }

        mutating func set(_ name: Int, at deadline: Instant) {
            cancel(name)
            sequence += 1
            entries.append((name, deadline, sequence))
        }

        mutating func cancel(_ name: Int) { entries.removeAll { $0.name == name } }

        mutating func popDue(now: Instant) -> Int? {
            guard let first, first.deadline <= now else { return nil }
            cancel(first.name)
            return first.name
        }
    }

    @Test(arguments: 1...20)
    func `the table does what a plain list does`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var table = DeadlineTable<Int>()
        var model = NaiveTable()
        var now: Int64 = 0
        for _ in 0..<3000 {
            let name = generator.below(40)
            switch generator.below(10) {
            case 0...5:
                // Few distinct deadlines, so that equal ones are common; some in the past.
                let deadline = Instant(nanoseconds: now + Int64(generator.below(50)) - 5)
                table.set(name, at: deadline)
                model.set(name, at: deadline)
            case 6, 7:
                table.cancel(name)
                model.cancel(name)
            default:
                now += Int64(generator.below(12))
                let instant = Instant(nanoseconds: now)
                while let due = model.popDue(now: instant) {
                    #expect(table.popDue(now: instant) == due)
                }
                #expect(table.popDue(now: instant) == nil)
            }
            #expect(table.count == model.count)
            #expect(table.isEmpty == (model.count == 0))
            #expect(table.earliest == model.earliest)
        }
    }

    @Test func `a deadline that is moved ten thousand times fires once`() {
        var table = DeadlineTable<String>()
        for step in 0..<10_000 { table.set("refresh", at: Instant(nanoseconds: Int64(step))) }
        #expect(table.popDue(now: Instant(nanoseconds: 9998)) == nil)
        #expect(table.popDue(now: Instant(nanoseconds: 9999)) == "refresh")
        #expect(table.popDue(now: Instant(nanoseconds: .max)) == nil)
    }
}
