import Platform
import Testing

@testable import Sim

struct PlanTests {
    private static func plan() -> SimulationPlan {
        SimulationPlan.drawn(
            seed: 3, phoneCount: 60, duration: .seconds(600), level: .harsh)
    }

    @Test func `a plan with boxes reads as it was written`() throws {
        let plan = try #require(
            (1...20).map { seed in
                SimulationPlan.drawn(
                    seed: seed, phoneCount: 60, duration: .seconds(600), level: .harsh)
            }.first { !$0.network.boxes.isEmpty })
        #expect(try SimulationPlan(json: Array(plan.json.utf8)) == plan)
    }

    @Test func `each phone is behind one box at most, and in a world without faults behind none`() {
        for seed in 1...40 as ClosedRange<UInt64> {
            let plan = SimulationPlan.drawn(
                seed: seed, phoneCount: 60, duration: .seconds(600), level: .harsh)
            let phones = plan.network.boxes.flatMap(\.phones)
            #expect(Set(phones).count == phones.count)
            #expect(phones.allSatisfy { (0..<60).contains($0) })
            let good = SimulationPlan.drawn(
                seed: seed, phoneCount: 60, duration: .seconds(600), level: .none)
            #expect(good.network == .open)
        }
    }

    @Test func `a file from before there were boxes is a world without them`() throws {
        var plan = Self.plan()
        plan.network = .open
        let text = plan.json.replacing(#/"network"[^}]*},?\s*/#, with: "")
        #expect(!text.contains("\"network\""))
        #expect(try SimulationPlan(json: Array(text.utf8)) == plan)
    }

    @Test func `a plan with providers reads as it was written, and shrinks to none of them`() throws
    {
        var plan = try #require(
            (1...20).map { seed in
                SimulationPlan.drawn(
                    seed: seed, phoneCount: 60, duration: .seconds(600), level: .harsh)
            }.first { plan in plan.incidents.contains { $0.line != nil } })
        #expect(try SimulationPlan(json: Array(plan.json.utf8)) == plan)
        plan.network = .open
        var shrinking = PlanShrinking(plan: plan) { candidates in candidates.indices.first }
        try shrinking.run()
        #expect(shrinking.plan.providers.isEmpty)
        #expect(shrinking.plan.incidents.isEmpty)
    }

    @Test func `shrinking drops the boxes that the failure does not need`() throws {
        var plan = Self.plan()
        plan.network.boxes = (0..<8).map { number in
            BoxPlan(kind: .symmetric, rewriting: .whole, phones: [number * 2, number * 2 + 1])
        }
        var shrinking = PlanShrinking(plan: plan) { candidates in
            candidates.firstIndex { candidate in
                candidate.network.boxes.contains { $0.phones.contains(6) }
            }
        }
        try shrinking.run()
        #expect(shrinking.plan.network.boxes == [BoxPlan(kind: .fullCone, phones: [6, 7])])
        #expect(shrinking.plan.incidents.isEmpty)
    }
}
