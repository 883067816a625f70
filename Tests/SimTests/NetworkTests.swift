import Foundation
import Testing

/// Phones behind boxes of every kind, and hostile machines: a call that can work must.
struct NetworkTests {
    /// The good local network of a seed, with that in it besides.
    private static func run(
        seed: Int, boxes: [[String: Any]], incidents: [[String: Any]] = []
    ) throws -> Outcome {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("network-\(ProcessInfo.processInfo.globallyUniqueString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = try Simulator.run(
            "run", "--seed", "\(seed)", "--phones", "12", "--duration", "8m", "--until", "1",
            "--write-plan", path)
        let read = try JSONSerialization.jsonObject(
            with: try #require(FileManager.default.contents(atPath: path)))
        var plan = try #require(read as? [String: Any])
        plan["network"] = ["boxes": boxes]
        plan["incidents"] = incidents
        let written = try JSONSerialization.data(withJSONObject: plan)
        #expect(FileManager.default.createFile(atPath: path, contents: written))
        return try Simulator.run("run", "--plan", path)
    }

    private static func box(
        _ kind: String, rewriting: String = "none", keepAlive: String = "stun",
        keepsPorts: Bool = false, phones: ClosedRange<Int>
    ) -> [String: Any] {
        [
            "kind": kind, "rewriting": rewriting, "keepAlive": keepAlive,
            "keepsPorts": keepsPorts, "hairpins": false, "isRefreshedFromOutside": false,
            "datagramLifetime": 30_000, "streamLifetime": 120_000, "bindingLimit": 512,
            "phones": Array(phones),
        ]
    }

    @Test(arguments: ["full-cone", "address-restricted", "port-restricted", "symmetric"])
    func `behind every kind of box people are reached and heard`(kind: String) throws {
        let boxes = [
            Self.box(kind, keepAlive: "line-breaks", phones: 0...3),
            Self.box(kind, keepAlive: "registrations", keepsPorts: true, phones: 4...4),
            Self.box(kind, keepAlive: "stun", phones: 5...5),
        ]
        let outcome = try Self.run(seed: 1, boxes: boxes)
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.isTight)
        #expect((outcome.number("talked", on: "calls") ?? 0) > 0)
    }

    @Test(arguments: ["whole", "contact-only", "description-only", "addresses-only"])
    func `a call survives what boxes do to addresses in messages`(rewriting: String) throws {
        let boxes = [
            Self.box("port-restricted", rewriting: rewriting, phones: 0...4),
            // With the inner port and the outer address a description may name a neighbour.
            Self.box(
                "full-cone", rewriting: rewriting, keepsPorts: rewriting != "addresses-only",
                phones: 5...8),
        ]
        let outcome = try Self.run(seed: 2, boxes: boxes)
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test func `where a box breaks every message, nothing is left, and others telephone`() throws {
        let boxes = [Self.box("full-cone", rewriting: "wrong-length", phones: 0...3)]
        let outcome = try Self.run(seed: 3, boxes: boxes)
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test func `boxes that forget lose calls, and no more`() throws {
        let boxes = [
            Self.box("symmetric", phones: 0...3),
            Self.box("full-cone", keepAlive: "line-breaks", phones: 4...6),
        ]
        let outcome = try Self.run(
            seed: 4, boxes: boxes, incidents: [["at": 200_000, "kind": "translators-forget"]])
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test(arguments: 1...4)
    func `an attack changes nothing for anybody`(seed: Int) throws {
        let incidents = [100_000, 250_000, 400_000].map { instant -> [String: Any] in
            ["at": instant, "kind": "attack", "count": 150]
        }
        let outcome = try Self.run(seed: seed, boxes: [], incidents: incidents)
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.isTight)
    }
}
