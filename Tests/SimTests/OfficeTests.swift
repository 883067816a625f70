import Testing

struct OfficeTests {
    /// Two phones, a registrar and calls, in a world of its own.
    private static func twoPhones(seed: Int) throws -> Outcome {
        try Simulator.run("run", "--seed", "\(seed)", "--phones", "2", "--duration", "10m")
    }

    @Test func `two phones and the exchange run twice alike with one seed`() throws {
        let first = try Self.twoPhones(seed: 1)
        let second = try Self.twoPhones(seed: 1)
        #expect(first.status == 0, "\(first.output)")
        #expect((first.number("talked", on: "calls") ?? 0) > 0)
        #expect((first.number("heard", on: "heard") ?? 0) > 0)
        #expect(first.isTight)
        #expect(first.line("hash") != nil)
        #expect(first.line("hash") == second.line("hash"))
    }

    @Test func `another seed is another world`() throws {
        #expect(try Self.twoPhones(seed: 1).line("hash") != Self.twoPhones(seed: 2).line("hash"))
    }

    @Test func `verify finds one trace in two processes`() throws {
        let outcome = try Simulator.run(
            "verify", "--seed", "3", "--phones", "4", "--duration", "5m")
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.line("traces") == "equal")
    }

    @Test(arguments: 1...6)
    func `with the usual faults of networks every invariant holds`(seed: Int) throws {
        let outcome = try Simulator.run(
            "run", "--seed", "\(seed)", "--phones", "8", "--duration", "10m", "--faults", "usual")
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.isTight)
        #expect((outcome.number("lost", on: "datagrams") ?? 0) > 0)
        #expect((outcome.number("talked", on: "calls") ?? 0) > 0)
    }

    /// Seeds that once found something; they stay.
    @Test(arguments: [12, 194])
    func `a seed that broke an invariant holds`(seed: Int) throws {
        let outcome = try Simulator.run(
            "run", "--seed", "\(seed)", "--phones", "10", "--duration", "10m", "--faults", "usual")
        #expect(outcome.status == 0, "\(outcome.output)")
    }
}
