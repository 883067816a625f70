import Testing

struct KernelTests {
    @Test func `every kind of concurrency stays on the simulator's thread`() throws {
        let outcome = try Simulator.run("probe", "--seed", "1")
        #expect(outcome.status == 0)
        #expect(outcome.number("off-thread", on: "steps") == 0)
        #expect((outcome.number("steps", on: "steps") ?? 0) > 30)
        #expect(outcome.isTight)
    }

    @Test(arguments: [
        ("clock", "clock"), ("entropy", "entropy"), ("sleep", "clock"), ("thread", "threads"),
    ])
    func `what reaches past the world is counted`(leak: String, counter: String) throws {
        let outcome = try Simulator.run("probe", "--seed", "1", "--leak", leak)
        #expect((outcome.number(counter, on: "not-virtual") ?? 0) > 0)
    }

    @Test func `a race across an await is hit by some seeds and missed by others`() throws {
        let findings = try (1...16).map { seed in
            try Simulator.run("probe", "--seed", "\(seed)").line("race")
        }
        #expect(Set(findings) == ["hit", "missed"])
    }

    @Test func `one seed is one order of events, whatever the environment`() throws {
        let hashes = try ["", "a", "another, longer value"].map { value in
            try Simulator.run("probe", "--seed", "5", environment: ["STRANGE": value]).line("hash")
        }
        #expect(Set(hashes).count == 1)
        #expect(try Simulator.run("probe", "--seed", "6").line("hash") != hashes[0])
    }
}
