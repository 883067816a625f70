import Foundation
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

    @Test
    func `several phones of an extension ring together, and the others are told who answered`()
        throws
    {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("trace-\(ProcessInfo.processInfo.globallyUniqueString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let outcome = try Simulator.run(
            "run", "--seed", "5", "--phones", "12", "--phones-per-extension", "3", "--trace", path)
        #expect(outcome.status == 0, "\(outcome.output)")
        let trace = try String(contentsOfFile: path, encoding: .utf8)
        let ends = trace.split(separator: "\n").filter { $0.contains("phone.ended") }
        #expect(ends.contains { $0.contains("outcome=answeredElsewhere") })
        #expect(ends.contains { $0.contains("outcome=talked") })
    }

    @Test func `fifty phones make five hundred attempts in twenty minutes of harsh faults`() throws
    {
        let outcome = try Simulator.run(
            "run", "--json", "--seed", "2000", "--phones", "50", "--duration", "20m", "--faults",
            "harsh", "--swarm")
        let parsed = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        let fields = try #require(parsed as? [String: Any])
        #expect((fields["calls"] as? Int ?? 0) >= 500)
    }

    @Test func `a day's calls follow the hours`() throws {
        func calls(at opening: String) throws -> Int {
            let outcome = try Simulator.run(
                "run", "--seed", "1", "--phones", "20", "--duration", "30m", "--opens-at", opening,
                "--sound", "off")
            #expect(outcome.status == 0, "\(outcome.output)")
            return outcome.number("calls", on: "calls") ?? 0
        }
        let peak = try calls(at: "10:00")
        let lunch = try calls(at: "12:30")
        let night = try calls(at: "3:00")
        #expect(peak > lunch)
        #expect(lunch > 4 * night)
    }

    @Test func `an office makes as many calls as it is told to`() throws {
        let outcome = try Simulator.run(
            "run", "--seed", "1", "--phones", "100", "--duration", "10m", "--calls-per-second", "1",
            "--sound", "off")
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect((540...660).contains(outcome.number("calls", on: "calls") ?? 0))
    }
}
