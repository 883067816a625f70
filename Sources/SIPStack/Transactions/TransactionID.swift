/// Names a server transaction from its request to the end of the process. Never used twice.
public struct ServerTransactionID: Hashable, Sendable, Codable {
    /// Which shard keeps it.
    public var shard: UInt16
    public var number: UInt64

    public init(shard: UInt16, number: UInt64) {
        self.shard = shard
        self.number = number
    }
}

/// Names a client transaction from `send` to the end of the process. Never used twice.
public struct ClientTransactionID: Hashable, Sendable {
    /// Which shard keeps it.
    public var shard: UInt16
    public var number: UInt64

    public init(shard: UInt16, number: UInt64) {
        self.shard = shard
        self.number = number
    }
}

/// Names a dialog, seen from us (RFC 3261 §12).
public struct DialogID: Hashable, Sendable {
    public var sipCallID: String
    public var localTag: String
    public var remoteTag: String

    public init(sipCallID: String, localTag: String, remoteTag: String) {
        self.sipCallID = sipCallID
        self.localTag = localTag
        self.remoteTag = remoteTag
    }
}
