import Platform

/// What can happen to a call, for its history.
public enum CallEventKind: String, Hashable, Sendable, Codable, CaseIterable {
    case started, rang, hadEarlyMedia, answered, bridged, unbridged, held, resumed, digit
    case legAdded, legEnded, ended
    /// A leg left for, or came from, another call.
    case released, adopted
    /// A party asked that its call go on with somebody else; the leg is the one that asked.
    case transferStarted
    /// It did: the leg is the one that took over, or, in the call that was left, the one that asked.
    case transferred
    /// Nobody took over: the leg is the one that asked, where it is there.
    case transferFailed
    /// The transferor had left, was rung, and has the call again.
    case recalled
    /// Somebody answered in the stead of a phone that rang; the leg is the one that did.
    case pickedUp
    /// A party was left in a slot, or fetched from one; the leg is the one that fetched it.
    case parked, retrieved
    /// The caller sent a fax, or tried to: the detail tells pages, sender and how it ended.
    case faxEnded
    case faultFound
}

/// One line of a call's history: a row of the append-only table `call_event`.
public struct CallEventRecord: Hashable, Sendable, Codable {
    public var domain: Domain
    public var callID: CallID
    /// Ties the events of calls that came of one another.
    public var linkedID: CallID
    public var legID: LegID?
    public var at: WallTime
    public var kind: CallEventKind
    /// Short plain text, such as a status or a reason; never digits, credentials or audio.
    public var detail: String?

    public init(
        domain: Domain, callID: CallID, linkedID: CallID? = nil, legID: LegID? = nil,
        at: WallTime, kind: CallEventKind, detail: String? = nil
    ) {
        self.domain = domain
        self.callID = callID
        self.linkedID = linkedID ?? callID
        self.legID = legID
        self.at = at
        self.kind = kind
        self.detail = detail
    }
}
