import Testing

/// The proof that the simulator finds bugs: each fault that is planted in the exchange's seams is
/// found, and nothing is found where it is not planted.
struct PlantedTests {
    /// A row of what `pbxsim-planted list` prints.
    struct Plant: Sendable, CustomTestStringConvertible {
        var name: String
        var claim: String
        var seeds: Int

        var testDescription: String { name }
    }

    @Test(arguments: try PlantedTests.plants())
    func `a planted fault is found, and without it the same seed is good`(plant: Plant) throws {
        for seed in 1...plant.seeds {
            let outcome = try Simulator.run(
                "run", "--plant", plant.name, "--seed", "\(seed)", product: "pbxsim-planted")
            guard outcome.output.contains("broken: \(plant.claim):") else { continue }
            let healthy = try Simulator.run(
                "run", "--plant", plant.name, "--seed", "\(seed)", "--healthy",
                product: "pbxsim-planted")
            #expect(healthy.status == 0, "\(healthy.output)")
            return
        }
        Issue.record("not found within \(plant.seeds) seeds")
    }

    @Test func `there are at least 20 of them`() throws {
        #expect(try Self.plants().count >= 20)
    }

    private static func plants() throws -> [Plant] {
        let table = try Simulator.run("list", product: "pbxsim-planted").output
        return table.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { cell in
                String(
                    cell.drop { $0 == " " || $0 == "`" }.reversed()
                        .drop { $0 == " " || $0 == "`" }.reversed())
            }
            guard cells.count == 4, let seeds = Int(cells[3]) else { return nil }
            return Plant(name: cells[0], claim: cells[2], seeds: seeds)
        }
    }
}
