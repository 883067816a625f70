import PBX
import Platform

/// Which SIP calls belong to one call of the exchange, as its records of the legs say.
struct CallLinks: Sendable {
    /// Where each SIP call is in the end; a leg may have moved there.
    private var calls: [String: CallID] = [:]
    /// Where it began.
    private var firstCalls: [String: CallID] = [:]
    /// Everywhere it has been.
    private var allCalls: [String: Set<CallID>] = [:]
    private var legsOfCalls: [CallID: [CallLegRecord]] = [:]

    /// - Parameter areTimesTrue: nobody has set people's clocks.
    init(legs: [CallLegRecord], areTimesTrue: Bool) {
        // A leg that left has another row where it went. Where times say nothing, the row of who went on
        // comes first; and a role must do: who took a place in another call is a callee there, but for
        // who was sent on to somebody.
        func order(_ leg: CallLegRecord) -> (Int64, Int, WallTime, LegID) {
            let time = areTimesTrue ? leg.startedAt.microseconds : 0
            let hasStayed = leg.endReason == .transferred ? 0 : 2
            let isCallee = leg.role == .caller ? 0 : 1
            return (time, hasStayed + isCallee, leg.startedAt, leg.legID)
        }
        let inOrder = legs.sorted { order($0) < order($1) }
        for leg in inOrder { legsOfCalls[leg.callID, default: []].append(leg) }
        let rows = Dictionary(grouping: inOrder.filter { $0.sipCallID != nil }, by: \.sipCallID)
        for case (let sipCallID?, let rows) in rows {
            let path = Self.path(through: rows).map(\.callID)
            firstCalls[sipCallID] = path.first
            calls[sipCallID] = path.last
            allCalls[sipCallID] = Set(path)
        }
    }

    /// The rows of one leg by the way that it went: where one ends, the next begins. Clocks that are set
    /// change nothing in that: it is one and the same reading of the clock.
    private static func path(through rows: [CallLegRecord]) -> [CallLegRecord] {
        var rest = rows
        var path: [CallLegRecord] = []
        while !rest.isEmpty {
            let index =
                path.last.flatMap { last in rest.firstIndex { $0.startedAt == last.endedAt } }
                ?? rest.firstIndex { row in
                    !rest.contains { $0.legID != row.legID && $0.endedAt == row.startedAt }
                } ?? 0
            path.append(rest.remove(at: index))
        }
        return path
    }

    func call(of sighting: CallSighting) -> CallID? { calls[sighting.sipCallID] }

    /// Everywhere it has been.
    func calls(of sighting: CallSighting) -> Set<CallID> { allCalls[sighting.sipCallID] ?? [] }

    /// Whether two were in one call at some time.
    func haveMet(_ one: CallSighting, _ other: CallSighting) -> Bool {
        !(allCalls[one.sipCallID] ?? []).isDisjoint(with: allCalls[other.sipCallID] ?? [])
    }

    /// The call that this phone began, wherever it went.
    func firstCall(of sighting: CallSighting) -> CallID? { firstCalls[sighting.sipCallID] }

    func legs(of call: CallID) -> [CallLegRecord] { legsOfCalls[call] ?? [] }

    /// How long phones rang in vain since a call was answered: for so long somebody waits, after a
    /// transfer, and nobody has vanished.
    func ringingInVain(for call: CallID) -> Duration {
        let legs = legs(of: call)
        guard let answered = legs.compactMap(\.answeredAt).min() else { return .zero }
        let vain = legs.filter {
            $0.role == .callee && $0.answeredAt == nil && $0.startedAt > answered
        }
        var end = answered.microseconds
        var sum: Int64 = 0
        for leg in vain.sorted(by: { $0.startedAt < $1.startedAt }) {
            let begin = max(end, leg.startedAt.microseconds)
            // A clock that was set back has it end before it began: then it says nothing.
            end = max(begin, leg.endedAt?.microseconds ?? begin)
            sum += end - begin
        }
        return .microseconds(sum)
    }

    /// All SIP calls that belong together with this one.
    func sipCallIDs(with sipCallID: String) -> [String] {
        guard let call = calls[sipCallID] else { return [sipCallID] }
        return legs(of: call).compactMap(\.sipCallID)
    }
}
