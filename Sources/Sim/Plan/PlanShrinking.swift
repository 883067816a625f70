import Platform

/// Makes a failing plan as small as it will go, while it still fails for the same reason.
///
/// First incidents go (in halves, then in ever smaller pieces, then one by one), then steady
/// faults, phones and time; all of it again until nothing more can go.
public struct PlanShrinking {
    /// Runs plans and gives the index of the first that still fails; nil where none does.
    public typealias Trial = (_ candidates: [SimulationPlan]) throws -> Int?

    public private(set) var plan: SimulationPlan
    /// How many smaller plans were found so far.
    public private(set) var stepCount = 0
    private let trial: Trial

    public init(plan: SimulationPlan, trial: @escaping Trial) {
        self.plan = plan
        self.trial = trial
    }

    public mutating func run() throws {
        var before: SimulationPlan
        repeat {
            before = plan
            try dropIncidents()
            while try takeFirstFailing(withoutFaults) {}
            while try takeFirstFailing(withoutBoxes) {}
            while try takeFirstFailing(withoutProviders) {}
            _ = try takeFirstFailing(withFewerPhones)
            _ = try takeFirstFailing(shorter)
        } while plan != before
    }

    private mutating func takeFirstFailing(_ candidates: [SimulationPlan]) throws -> Bool {
        guard !candidates.isEmpty, let index = try trial(candidates) else { return false }
        plan = candidates[index]
        stepCount += 1
        return true
    }

    private mutating func dropIncidents() throws {
        var piece = plan.incidents.count
        while piece >= 1 {
            while try takeFirstFailing(without(pieceOf: piece)) {}
            piece = min(piece / 2, plan.incidents.count)
        }
    }

    /// Every plan that lacks one piece of so many incidents.
    private func without(pieceOf length: Int) -> [SimulationPlan] {
        guard length <= plan.incidents.count else { return [] }
        return stride(from: 0, to: plan.incidents.count, by: length).map { start in
            var smaller = plan
            let end = min(start + length, plan.incidents.count)
            smaller.incidents.removeSubrange(start..<end)
            return smaller
        }
    }

    /// The plan without any steady fault, then without each one.
    private var withoutFaults: [SimulationPlan] {
        let fields = FaultPlan.fields.filter { plan.faults[keyPath: $0.path] != 0 }
        var none = plan
        for field in fields { none.faults[keyPath: field.path] = 0 }
        let lessOne = fields.map { field in
            var less = plan
            less.faults[keyPath: field.path] = 0
            return less
        }
        return fields.isEmpty ? [] : [none] + lessOne
    }

    /// The plan without any box, then with half of them, then without each one, then with each one
    /// as harmless as a box can be.
    private var withoutBoxes: [SimulationPlan] {
        let boxes = plan.network.boxes
        guard !boxes.isEmpty else { return [] }
        var choices: [[BoxPlan]] = [[]]
        if boxes.count > 3 {
            choices += [Array(boxes[..<(boxes.count / 2)]), Array(boxes[(boxes.count / 2)...])]
        }
        for index in boxes.indices {
            choices.append(boxes.enumerated().filter { $0.offset != index }.map(\.element))
        }
        for (index, box) in boxes.enumerated() {
            let harmless = BoxPlan(kind: .fullCone, phones: box.phones)
            guard box != harmless else { continue }
            var simpler = boxes
            simpler[index] = harmless
            choices.append(simpler)
        }
        return choices.map { boxes in
            var less = plan
            less.network.boxes = boxes
            return less
        }
    }

    /// The plan without any provider, then without the last one.
    private var withoutProviders: [SimulationPlan] {
        let counts = plan.providers.isEmpty ? [] : [0, plan.providers.count - 1]
        return counts.map { count in
            var less = plan
            less.providers = Array(plan.providers.prefix(count))
            let lineCount = less.providers.reduce(0) { $0 + $1.lines }
            less.incidents.removeAll { ($0.line ?? -1) >= lineCount }
            return less
        }
    }

    /// Ever more phones, up to nearly those that there are.
    private var withFewerPhones: [SimulationPlan] {
        var counts: [Int] = []
        var count = 2
        while count < plan.phoneCount {
            counts.append(count)
            count = max(count + 1, count * 3 / 2)
        }
        return counts.map { count in
            var fewer = plan
            fewer.phoneCount = count
            fewer.incidents.removeAll { ($0.phone ?? 0) >= count }
            for index in fewer.network.boxes.indices {
                fewer.network.boxes[index].phones.removeAll { $0 >= count }
            }
            fewer.network.boxes.removeAll { $0.phones.isEmpty }
            return fewer
        }
    }

    /// Ever longer durations, up to nearly the present one.
    private var shorter: [SimulationPlan] {
        [16, 8, 4, 2].compactMap { part in
            let duration = Duration.seconds(plan.duration.components.seconds / Int64(part))
            guard duration >= .seconds(10) else { return nil }
            var less = plan
            less.duration = duration
            less.incidents.removeAll { $0.at >= duration }
            return less
        }
    }
}
