import Platform
import SIPStack

/// A trunk as events show it: what was proved last.
public struct TrunkPicture: Hashable, Sendable, Codable {
    public var trunkID: TrunkID
    public var name: String
    public var phase: TrunkStatus.Phase
    /// Where it answers; nil while it does not.
    public var hop: String?
    /// Why it does not.
    public var failure: String?
    /// It failed before, and answers again.
    public var isBack: Bool

    public init(
        trunkID: TrunkID, name: String, phase: TrunkStatus.Phase, hop: String? = nil,
        failure: String? = nil, isBack: Bool = false
    ) {
        self.trunkID = trunkID
        self.name = name
        self.phase = phase
        self.hop = hop
        self.failure = failure
        self.isBack = isBack
    }

    init(_ view: TrunkView, after former: TrunkStatus.Phase?) {
        let status = view.status
        self.init(
            trunkID: view.record.trunkID, name: view.record.name, phase: status.phase,
            hop: view.isUp ? status.hop?.description : nil,
            failure: status.phase == .failing ? status.lastFailure?.words : nil,
            isBack: view.isUp && former == .failing)
    }

    /// In plain words.
    public var words: String {
        switch phase {
        case .starting: "trunk \(name): starts"
        case .registered, .reachable:
            "trunk \(name): " + (isBack ? "back, " : "")
                + (phase == .registered ? "registered" : "answers")
                + (hop.map { " at \($0)" } ?? "")
        case .failing: "trunk \(name): unavailable, \(failure ?? "no answer")"
        case .stopped: "trunk \(name): stopped"
        }
    }
}
