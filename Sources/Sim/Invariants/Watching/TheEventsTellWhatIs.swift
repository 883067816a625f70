import PBX
import Platform

/// Who follows the exchange's events has the calls and the extensions that the exchange has.
struct TheEventsTellWhatIs: StandingInvariant {
    static let claim = "the events tell what is"

    mutating func findings(in glimpse: ExchangeGlimpse, outages: [Outage]) -> [Finding] {
        var found: [String] = []
        let told = glimpse.picture.calls.values.filter { $0.endReason == nil }
        let toldPhases = Dictionary(
            uniqueKeysWithValues: told.map { ($0.callID.description, $0.answeredAt != nil) })
        let up = glimpse.calls.filter { $0.phase != "ending" }
        for call in up where toldPhases[call.callID] != (call.phase == "talking") {
            found.append("\(call.caller) to \(call.callee) is \(call.phase), and not told so")
        }
        if up.count < told.count {
            found.append("\(told.count) calls are told of, \(up.count) are up")
        }
        let counts = Dictionary(glimpse.bindings.map { ($0.extensionID, 1) }, uniquingKeysWith: +)
        for (extensionID, count) in counts.sorted(by: { $0.key < $1.key }) {
            let toldCount = glimpse.picture.contactCount(of: extensionID)
            guard toldCount != count else { continue }
            found.append("extension \(extensionID) has \(count) phones, not \(toldCount)")
        }
        if counts.count < glimpse.picture.extensions.count {
            found.append("extensions are told of that have no phone")
        }
        return found.map { Finding(Self.claim, $0) }
    }
}
