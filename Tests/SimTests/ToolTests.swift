import Foundation
import Testing

struct ToolTests {
    /// A file of this test alone.
    private static func makePath(_ name: String) -> String {
        FileManager.default.temporaryDirectory
            .appendingPathComponent("\(name)-\(ProcessInfo.processInfo.globallyUniqueString)").path
    }

    @Test func `a plan that is written and run again is the same run`() throws {
        let path = Self.makePath("plan")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let office = ["--phones", "4", "--duration", "5m", "--faults", "usual"]
        let first = try Simulator.run(["run", "--seed", "5", "--write-plan", path] + office)
        let second = try Simulator.run(["run", "--plan", path])
        #expect(first.status == 0, "\(first.output)")
        #expect(first.line("hash") != nil)
        #expect(first.line("hash") == second.line("hash"))
    }

    @Test func `a seed is one trace in every environment`() throws {
        let outcome = try Simulator.run(
            "verify", "--seed", "9", "--phones", "6", "--duration", "3m", "--times", "4")
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.line("traces") == "equal")
    }

    @Test(.enabled(if: Simulator.releaseBuild != nil, "there is no release build beside this one"))
    func `a seed is one trace in debug and release builds`() throws {
        // Both builds must be of the same source, so the release build must not be the older one.
        let release = try #require(Simulator.releaseBuild)
        let outcome = try Simulator.run(
            "verify", "--seed", "9", "--phones", "6", "--duration", "3m", "--times", "2",
            "--beside", release)
        #expect(outcome.line("traces") == "equal", "\(outcome.output)")
    }

    @Test func `a run stopped at a step shows the state of every actor`() throws {
        let outcome = try Simulator.run(
            "run", "--seed", "3", "--phones", "3", "--until", "3000")
        #expect(outcome.status == 0)
        for actor in ["Exchange", "Extension", "VirtualPhone"] {
            #expect(outcome.output.contains("\n\(actor)\n"), "\(actor)")
        }
        #expect(outcome.output.contains("    registration: "))
    }

    @Test func `a soak prints sums and ends well where every seed is good`() throws {
        let outcome = try Simulator.run(
            "soak", "--seeds", "1..3", "--phones", "4", "--duration", "2m", "--faults", "usual")
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.number("good", on: "seeds") == 3)
        #expect(outcome.line("verdict") == "good")
    }

    @Test func `a seed that does not fail is not shrunk`() throws {
        let outcome = try Simulator.run(
            "shrink", "--seed", "1", "--phones", "2", "--duration", "1m")
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("does not fail"))
    }

    @Test(arguments: [
        ["run"], ["run", "--seed", "1", "--plan", "x"], ["run", "--plan", "/nonexistent"],
        ["run", "--seed", "1", "--phones", "1"], ["run", "--seed", "1", "--duration", "5"],
        ["run", "--seed", "1", "--faults", "some"], ["soak", "--seeds", "5..1"], ["soak"],
    ])
    func `what cannot be run is refused with the usage`(words: [String]) throws {
        #expect(try Simulator.run(words).status == 64)
    }

    @Test func `the report for machines has the verdict and the hash`() throws {
        let outcome = try Simulator.run("run", "--seed", "1", "--phones", "2", "--json")
        let parsed = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        let fields = try #require(parsed as? [String: Any])
        #expect(fields["verdict"] as? String == "good")
        #expect((fields["hash"] as? String)?.count == 16)
        #expect(fields["leaks"] as? Int == 0)
    }
}
