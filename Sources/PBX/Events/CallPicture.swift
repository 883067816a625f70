import Platform

/// A call as events show it.
public struct CallPicture: Hashable, Sendable, Codable {
    /// Who called, or who was wanted.
    public struct Party: Hashable, Sendable, Codable {
        public var number: String
        public var name: String?
        public var extensionID: ExtensionID?

        public init(number: String, name: String? = nil, extensionID: ExtensionID? = nil) {
            self.number = number
            self.name = name
            self.extensionID = extensionID
        }
    }

    public var callID: CallID
    /// Calls that came of one another share the first one's.
    public var linkedID: CallID
    public var kind: CallKind
    public var caller: Party
    public var callee: Party
    public var startedAt: WallTime
    public var isRinging = false
    public var answeredAt: WallTime?
    public var endReason: EndReason?
    /// Where the call waits to be fetched.
    public var parking: ParkingPicture?
    /// In the order of coming.
    public var legs: [LegPicture] = []

    public init(
        callID: CallID, linkedID: CallID, kind: CallKind, caller: Party, callee: Party,
        startedAt: WallTime
    ) {
        self.callID = callID
        self.linkedID = linkedID
        self.kind = kind
        self.caller = caller
        self.callee = callee
        self.startedAt = startedAt
    }

    /// Over, and no leg of it is left.
    var isGone: Bool { endReason != nil && legs.isEmpty }
}

/// A call that waits in a slot, as events show it.
public struct ParkingPicture: Hashable, Sendable, Codable {
    public var slot: ParkingSlot
    /// The number of who left it there.
    public var parker: String
    public var at: WallTime

    public init(slot: ParkingSlot, parker: String, at: WallTime) {
        self.slot = slot
        self.parker = parker
        self.at = at
    }
}

/// A leg's dialog, named as its phone names it: who has the right may ask for its place (RFC 3891).
public struct DialogPicture: Hashable, Sendable, Codable {
    public var sipCallID: String
    /// The phone's own tag.
    public var localTag: String
    /// The exchange's.
    public var remoteTag: String

    public init(sipCallID: String, localTag: String, remoteTag: String) {
        self.sipCallID = sipCallID
        self.localTag = localTag
        self.remoteTag = remoteTag
    }
}

/// A leg as events show it.
public struct LegPicture: Hashable, Sendable, Codable {
    public enum Phase: String, Hashable, Sendable, Codable, Comparable, CaseIterable {
        case trying, ringing, answered

        public static func < (one: Phase, other: Phase) -> Bool { one.rank < other.rank }

        private var rank: Int {
            switch self {
            case .trying: 0
            case .ringing: 1
            case .answered: 2
            }
        }
    }

    public var legID: LegID
    public var role: LegRole
    /// Whose phone it is; nil for a party outside.
    public var extensionID: ExtensionID?
    public var number: String
    public var phase: Phase
    /// This party holds the call.
    public var isHolding: Bool
    /// Nil as long as its phone has said nothing.
    public var dialog: DialogPicture?

    public init(
        legID: LegID, role: LegRole, extensionID: ExtensionID? = nil, number: String,
        phase: Phase, isHolding: Bool = false, dialog: DialogPicture? = nil
    ) {
        self.dialog = dialog
        self.legID = legID
        self.role = role
        self.extensionID = extensionID
        self.number = number
        self.phase = phase
        self.isHolding = isHolding
    }
}

/// How one party of a call was replaced by another.
public struct TransferPicture: Hashable, Sendable, Codable {
    public enum Kind: String, Hashable, Sendable, Codable {
        /// Without asking first.
        case blind
        case attended
    }

    public var kind: Kind
    /// Whose doing it was.
    public var transferor: String
    /// Who goes on talking, and with whom.
    public var remaining: String
    public var target: String

    public init(kind: Kind, transferor: String, remaining: String, target: String) {
        self.kind = kind
        self.transferor = transferor
        self.remaining = remaining
        self.target = target
    }
}

/// How many recordings an extension has that nobody has heard yet, and that somebody has.
public struct RecordingCounts: Hashable, Sendable, Codable {
    public var new: Int
    public var old: Int

    public init(new: Int = 0, old: Int = 0) {
        self.new = new
        self.old = old
    }
}

/// An extension as events show it.
public struct ExtensionPicture: Hashable, Sendable, Codable {
    public var extensionID: ExtensionID
    public var number: String
    /// How many phones can be reached.
    public var contactCount: Int

    public init(extensionID: ExtensionID, number: String, contactCount: Int) {
        self.extensionID = extensionID
        self.number = number
        self.contactCount = contactCount
    }
}
