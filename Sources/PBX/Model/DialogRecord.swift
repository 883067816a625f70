import Platform

/// An answered dialog as kept over a crash, so that the next start can end it with a BYE.
///
/// Local and remote are seen from us (RFC 3261 §12).
public struct DialogRecord: Hashable, Sendable, Codable {
    public var domain: Domain
    public var callID: CallID
    public var legID: LegID
    public var sipCallID: String
    public var localTag: String
    public var remoteTag: String
    public var localURI: String
    public var remoteURI: String
    /// Where requests go: the far end's Contact.
    public var remoteTarget: String
    /// Route fields in order, as they go into a request.
    public var routeSet: [String]
    public var flow: FlowRecord
    /// The last number that we used, or may have used: the next request takes one more.
    public var localCSeq: UInt32

    public init(
        domain: Domain, callID: CallID, legID: LegID, sipCallID: String, localTag: String,
        remoteTag: String, localURI: String, remoteURI: String, remoteTarget: String,
        routeSet: [String] = [], flow: FlowRecord, localCSeq: UInt32
    ) {
        self.domain = domain
        self.callID = callID
        self.legID = legID
        self.sipCallID = sipCallID
        self.localTag = localTag
        self.remoteTag = remoteTag
        self.localURI = localURI
        self.remoteURI = remoteURI
        self.remoteTarget = remoteTarget
        self.routeSet = routeSet
        self.flow = flow
        self.localCSeq = localCSeq
    }
}
