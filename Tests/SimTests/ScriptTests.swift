import Foundation
import Testing

/// Phones that follow a script, and phones of many vendors.
struct ScriptTests {
    /// Runs an office of phones with one extension each in which nobody calls but by a script.
    private static func run(
        phones: Int, phonesPerExtension: String = "[1]", _ scripts: String
    ) throws -> Outcome {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("script-\(ProcessInfo.processInfo.globallyUniqueString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let plan = """
            { "seed": 1, "phones": \(phones), "duration": 90000, "sound": "probe", "incidents": [],
              "faults": { "leastLatency": 200, "greatestLatency": 2000, "jitter": 0, "lost": 0,
                "burst": 0, "duplicated": 0, "reordered": 0, "corrupted": 0, "narrow": 0,
                "split": 0, "trickled": 0, "merged": 0, "stalled": 0, "streamReset": 0 },
              "office": { "phonesPerExtension": \(phonesPerExtension),
                "workload": { "callsPerHour": 0 }, "scripts": [\(scripts)] } }
            """
        try plan.write(toFile: path, atomically: true, encoding: .utf8)
        return try Simulator.run("run", "--plan", path)
    }

    @Test func `a script calls, holds, presses keys and hangs up`() throws {
        let outcome = try Self.run(
            phones: 2,
            """
            { "phone": 0, "quirks": [], "steps": [
                { "do": "wait", "for": 8000 }, { "do": "call", "number": "101" },
                { "do": "await-talk", "within": 10000 }, { "do": "hold" },
                { "do": "wait", "for": 4000 }, { "do": "resume" }, { "do": "wait", "for": 3000 },
                { "do": "press", "keys": "12#" }, { "do": "wait", "for": 3000 },
                { "do": "hang-up" }, { "do": "await-end", "within": 2000 } ] },
            { "phone": 1, "quirks": ["late-offer"], "steps": [
                { "do": "pick-up", "after": 2000 }, { "do": "await-talk", "within": 2000 },
                { "do": "wait", "for": 9500 }, { "do": "expect-keys", "keys": "12#" },
                { "do": "await-end", "within": 10000 } ] }
            """)
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.number("talked", on: "calls") == 1)
    }

    @Test func `what a script waits for in vain, and keys that do not come, are found`() throws {
        let outcome = try Self.run(
            phones: 2,
            """
            { "phone": 0, "steps": [
                { "do": "wait", "for": 8000 }, { "do": "call", "number": "101" },
                { "do": "await-talk", "within": 3000 }, { "do": "hang-up" } ] },
            { "phone": 1, "steps": [ { "do": "pick-up", "after": 60000 } ] }
            """)
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("waited in vain"), "\(outcome.output)")
    }

    @Test func `one phone of three answers, and keys by INFO reach it`() throws {
        let outcome = try Self.run(
            phones: 4, phonesPerExtension: "[3, 1]",
            """
            { "phone": 3, "quirks": ["keys-by-info", "late-offer"], "steps": [
                { "do": "wait", "for": 8000 }, { "do": "call", "number": "100" },
                { "do": "await-talk", "within": 10000 }, { "do": "press", "keys": "*7" },
                { "do": "wait", "for": 3000 }, { "do": "hang-up" } ] },
            { "phone": 0, "steps": [ { "do": "pick-up", "after": 20000 } ] },
            { "phone": 1, "steps": [ { "do": "pick-up", "after": 3000 },
                { "do": "wait", "for": 2000 }, { "do": "expect-keys", "keys": "*7" } ] },
            { "phone": 2, "steps": [ { "do": "pick-up", "after": 30000 } ] }
            """)
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.number("talked", on: "calls") == 1)
    }

    @Test func `phones send callers away and refuse them by a script`() throws {
        let outcome = try Self.run(
            phones: 3,
            """
            { "phone": 0, "steps": [
                { "do": "wait", "for": 8000 }, { "do": "call", "number": "101" },
                { "do": "await-end", "within": 10000 }, { "do": "call", "number": "102" },
                { "do": "await-end", "within": 10000 } ] },
            { "phone": 1, "steps": [ { "do": "redirect", "number": "102" } ] },
            { "phone": 2, "steps": [ { "do": "refuse", "status": 603, "after": 500 } ] }
            """)
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.number("calls", on: "calls") == 2)
        #expect(outcome.number("talked", on: "calls") == 0)
    }

    @Test(arguments: 1...4)
    func `with phones of many vendors every invariant holds`(seed: Int) throws {
        let outcome = try Simulator.run(
            "run", "--seed", "\(seed)", "--phones", "20", "--duration", "10m", "--faults", "usual",
            "--quirks")
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect((outcome.number("talked", on: "calls") ?? 0) > 0)
    }
}
