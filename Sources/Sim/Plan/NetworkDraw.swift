import Platform

/// Draws from the seed which phones stand behind boxes, and what boxes those are.
struct NetworkDraw {
    /// Phones behind one box: most are homes, some are offices.
    private static let phonesOfHome = 1...3
    private static let phonesOfOffice = 4...25

    let level: FaultLevel
    let phoneCount: Int

    func draw(from random: SimulatedRandom) -> NetworkPlan {
        let share = share(random)
        guard share > 0 else { return .open }
        let translated = (0..<phoneCount).filter { _ in random.happens(perThousand: share) }
        var boxes: [BoxPlan] = []
        var rest = translated[...]
        while !rest.isEmpty, boxes.count < Translators.boxLimit {
            let isOffice = random.happens(perThousand: 300)
            let count = random.number(in: isOffice ? Self.phonesOfOffice : Self.phonesOfHome)
            boxes.append(box(of: Array(rest.prefix(count)), random))
            rest = rest.dropFirst(count)
        }
        return NetworkPlan(boxes: boxes)
    }

    /// Of a thousand phones those behind boxes: in some worlds none, in some nearly all.
    private func share(_ random: SimulatedRandom) -> Int {
        let isPresent = random.happens(perThousand: 600)
        let share = random.number(in: 50...950)
        switch level {
        case .none: return 0
        case .usual, .harsh: return isPresent ? share : 0
        }
    }

    private func box(of phones: [Int], _ random: SimulatedRandom) -> BoxPlan {
        let lifetime = random.number(in: 30...180)
        // RFC 5382 wants two hours; many boxes give a stream minutes.
        let rewriting = rewriting(random)
        // Where ports are kept, a description that has the outer address and the inner port may name
        // another phone behind the box: who it is nobody can tell before the first packet.
        let keepsPorts = random.happens(perThousand: 500) && rewriting != .addressesOnly
        let streamLifetime = random.happens(perThousand: 500) ? 7_440 : random.number(in: 60...900)
        return BoxPlan(
            kind: pick(from: BoxPlan.Kind.allCases, random), rewriting: rewriting,
            keepAlive: keepAlive(random), keepsPorts: keepsPorts,
            hairpins: random.happens(perThousand: 500),
            isRefreshedFromOutside: random.happens(perThousand: 700),
            datagramLifetime: .seconds(Int64(lifetime)),
            streamLifetime: .seconds(Int64(streamLifetime)),
            bindingLimit: random.happens(perThousand: 100) ? 16 + 8 * phones.count : 2_048,
            phones: phones)
    }

    /// Most boxes don't look into messages; one that breaks every call has few buyers.
    private func rewriting(_ random: SimulatedRandom) -> BoxPlan.Rewriting {
        guard random.happens(perThousand: 350) else { return .none }
        let kinds = BoxPlan.Rewriting.allCases.filter { level == .harsh || $0 != .wrongLength }
        return pick(from: kinds, random)
    }

    private func keepAlive(_ random: SimulatedRandom) -> BoxPlan.KeepAlive {
        let kinds = BoxPlan.KeepAlive.allCases.filter { level == .harsh || $0 != .none }
        return pick(from: kinds, random)
    }

    private func pick<Choice>(from choices: [Choice], _ random: SimulatedRandom) -> Choice {
        choices[random.number(in: 0...(choices.count - 1))]
    }
}
