import Platform

/// Whether a call stays inside.
public enum CallKind: String, Hashable, Sendable, Codable, CaseIterable {
    case inside, incoming, outgoing
}

/// The one line about a call: a row of table `call`.
public struct CallRecord: Hashable, Sendable, Codable {
    public var callID: CallID
    public var domain: Domain
    /// Calls that came of one another (transfer, forward) share the first one's ID.
    public var linkedID: CallID
    public var kind: CallKind
    public var caller: NumberForm
    public var callerName: String?
    public var callerExtensionID: ExtensionID?
    /// What was dialled.
    public var callee: NumberForm
    public var calleeExtensionID: ExtensionID?
    public var startedAt: WallTime
    public var answeredAt: WallTime?
    public var endedAt: WallTime?
    public var endReason: EndReason?

    public init(
        callID: CallID, domain: Domain, linkedID: CallID? = nil, kind: CallKind,
        caller: NumberForm, callerName: String? = nil, callerExtensionID: ExtensionID? = nil,
        callee: NumberForm, calleeExtensionID: ExtensionID? = nil, startedAt: WallTime,
        answeredAt: WallTime? = nil, endedAt: WallTime? = nil, endReason: EndReason? = nil
    ) {
        self.callID = callID
        self.domain = domain
        self.linkedID = linkedID ?? callID
        self.kind = kind
        self.caller = caller
        self.callerName = callerName
        self.callerExtensionID = callerExtensionID
        self.callee = callee
        self.calleeExtensionID = calleeExtensionID
        self.startedAt = startedAt
        self.answeredAt = answeredAt
        self.endedAt = endedAt
        self.endReason = endReason
    }
}

/// Which party a leg is.
public enum LegRole: String, Hashable, Sendable, Codable, CaseIterable {
    case caller, callee
}

/// What a leg's media amounted to.
public struct MediaTotals: Hashable, Sendable, Codable {
    public var packetsReceived: Int64
    public var packetsSent: Int64
    public var bytesReceived: Int64
    public var bytesSent: Int64
    /// Missing by sequence number.
    public var packetsLost: Int64
    /// Refused because they came from elsewhere.
    public var strangersDropped: Int64
    /// Microseconds (RFC 3550 §A.8); nil where hardly anything came.
    public var jitter: Int64?
    /// There and back, in microseconds; nil where nobody said.
    public var roundTrip: Int64?
    /// How what came from the party sounded, by the E-model (ITU-T G.107): hundredths of a mean
    /// opinion score, 100…440.
    public var score: Int64?
    /// How the party says that it heard the others (RFC 3611), in the same hundredths; nil where it
    /// says nothing.
    public var partyScore: Int64?

    public init(
        packetsReceived: Int64 = 0, packetsSent: Int64 = 0, bytesReceived: Int64 = 0,
        bytesSent: Int64 = 0, packetsLost: Int64 = 0, strangersDropped: Int64 = 0,
        jitter: Int64? = nil, roundTrip: Int64? = nil, score: Int64? = nil,
        partyScore: Int64? = nil
    ) {
        self.packetsReceived = packetsReceived
        self.packetsSent = packetsSent
        self.bytesReceived = bytesReceived
        self.bytesSent = bytesSent
        self.packetsLost = packetsLost
        self.strangersDropped = strangersDropped
        self.jitter = jitter
        self.roundTrip = roundTrip
        self.score = score
        self.partyScore = partyScore
    }
}

/// One party of a call: a row of table `call_leg`.
public struct CallLegRecord: Hashable, Sendable, Codable {
    public var legID: LegID
    public var domain: Domain
    public var callID: CallID
    public var role: LegRole
    public var party: NumberForm
    public var extensionID: ExtensionID?
    public var deviceID: DeviceID?
    /// The Contact URI that was rung, or that called.
    public var contact: String?
    public var sipCallID: String?
    public var startedAt: WallTime
    public var answeredAt: WallTime?
    public var endedAt: WallTime?
    public var endReason: EndReason?
    /// The final SIP status, where there was one.
    public var status: Int?
    public var codec: String?
    public var media: MediaTotals

    public init(
        legID: LegID, domain: Domain, callID: CallID, role: LegRole, party: NumberForm,
        extensionID: ExtensionID? = nil, deviceID: DeviceID? = nil, contact: String? = nil,
        sipCallID: String? = nil, startedAt: WallTime, answeredAt: WallTime? = nil,
        endedAt: WallTime? = nil, endReason: EndReason? = nil, status: Int? = nil,
        codec: String? = nil, media: MediaTotals = MediaTotals()
    ) {
        self.legID = legID
        self.domain = domain
        self.callID = callID
        self.role = role
        self.party = party
        self.extensionID = extensionID
        self.deviceID = deviceID
        self.contact = contact
        self.sipCallID = sipCallID
        self.startedAt = startedAt
        self.answeredAt = answeredAt
        self.endedAt = endedAt
        self.endReason = endReason
        self.status = status
        self.codec = codec
        self.media = media
    }
}
