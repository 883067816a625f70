import PBX
import Platform

/// Which SIP calls belong to one call of the exchange, as its records of the legs say.
struct CallLinks: Sendable {
    private var calls: [String: CallID] = [:]
    private var legsOfCalls: [CallID: [CallLegRecord]] = [:]

    init(legs: [CallLegRecord]) {
        for leg in legs {
            if let sipCallID = leg.sipCallID { calls[sipCallID] = leg.callID }
            legsOfCalls[leg.callID, default: []].append(leg)
        }
    }

    func call(of sighting: CallSighting) -> CallID? { calls[sighting.sipCallID] }

    func legs(of call: CallID) -> [CallLegRecord] { legsOfCalls[call] ?? [] }

    /// All SIP calls that belong together with this one.
    func sipCallIDs(with sipCallID: String) -> [String] {
        guard let call = calls[sipCallID] else { return [sipCallID] }
        return legs(of: call).compactMap(\.sipCallID)
    }
}
