import Platform

/// How things are in the exchange, as its events have told: what a reader that missed some begins
/// with.
///
/// A pure value. What it holds is bounded by the calls that are up and the extensions there are.
public struct ExchangePicture: Hashable, Sendable, Codable {
    public private(set) var calls: [CallID: CallPicture] = [:]
    /// Extensions with a phone that can be reached.
    public private(set) var extensions: [ExtensionID: ExtensionPicture] = [:]
    public private(set) var trunks: [TrunkID: TrunkPicture] = [:]
    /// Recordings of extensions that have any.
    private var recordings: [ExtensionID: RecordingCounts] = [:]
    /// In which calls an extension has legs, oldest first: for lamps.
    private var callsOfExtension: [ExtensionID: [CallID]] = [:]

    public init() {}

    private enum CodingKeys: String, CodingKey {
        case calls, extensions, trunks, recordings
    }

    private struct RecordingRow: Codable {
        var extensionID: ExtensionID
        var counts: RecordingCounts
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        for call in try values.decode([CallPicture].self, forKey: .calls) {
            apply(.callBegan(call: call))
        }
        for shown in try values.decode([ExtensionPicture].self, forKey: .extensions) {
            extensions[shown.extensionID] = shown
        }
        for shown in try values.decode([TrunkPicture].self, forKey: .trunks) {
            trunks[shown.trunkID] = shown
        }
        for row in try values.decode([RecordingRow].self, forKey: .recordings) {
            recordings[row.extensionID] = row.counts
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(calls.values.sorted { $0.callID < $1.callID }, forKey: .calls)
        try values.encode(
            extensions.values.sorted { $0.extensionID < $1.extensionID }, forKey: .extensions)
        try values.encode(trunks.values.sorted { $0.trunkID < $1.trunkID }, forKey: .trunks)
        let rows = recordings.sorted { $0.key < $1.key }
        try values.encode(
            rows.map { RecordingRow(extensionID: $0.key, counts: $0.value) }, forKey: .recordings)
    }

    /// Brings the picture up to that piece of news; gives the extensions whose lamps it may change.
    @discardableResult
    public mutating func apply(_ news: ExchangeEvent.News) -> [ExtensionID] {
        switch news {
        case .callBegan(let call):
            calls[call.callID] = call
            for leg in call.legs { enter(leg, call.callID) }
            return call.legs.compactMap(\.extensionID)
        case .callRang(let callID):
            calls[callID]?.isRinging = true
        case .callAnswered(let callID, let instant):
            calls[callID]?.answeredAt = instant
        case .callParked(let callID, let parking):
            calls[callID]?.parking = parking
        case .callUnparked(let callID, _):
            calls[callID]?.parking = nil
        case .callTransferred:
            break  // Legs that come and go tell the rest.
        case .trunkChanged(let shown):
            trunks[shown.trunkID] = shown
        case .trunkRemoved(let trunkID, _):
            trunks[trunkID] = nil
        case .sourceBanned, .banLifted, .faxHeard, .faxEnded:
            break  // News alone: a ban ends by itself, and a fax has come, or may.
        case .callEnded(let callID, let reason):
            calls[callID]?.endReason = reason
            leaveIfGone(callID)
        case .legBegan(let callID, let leg):
            guard calls[callID] != nil else { return [] }
            calls[callID]?.legs.append(leg)
            enter(leg, callID)
            return leg.extensionID.map { [$0] } ?? []
        case .legNamed(let callID, let legID, let dialog):
            return change(legID, of: callID) { $0.dialog = dialog }
        case .legRang(let callID, let legID):
            return change(legID, of: callID) { $0.phase = .ringing }
        case .legAnswered(let callID, let legID):
            return change(legID, of: callID) { $0.phase = .answered }
        case .legHeld(let callID, let legID):
            return change(legID, of: callID) { $0.isHolding = true }
        case .legResumed(let callID, let legID):
            return change(legID, of: callID) { $0.isHolding = false }
        case .legEnded(let callID, let legID):
            return end(legID, of: callID)
        case .extensionRegistered(let shown), .extensionChanged(let shown):
            extensions[shown.extensionID] = shown
            return [shown.extensionID]
        case .extensionUnregistered(let shown):
            extensions[shown.extensionID] = nil
            return [shown.extensionID]
        case .extensionRemoved(let extensionID):
            extensions[extensionID] = nil
            recordings[extensionID] = nil
            return [extensionID]
        case .recordingsChanged(let extensionID, let counts):
            recordings[extensionID] = counts == RecordingCounts() ? nil : counts
            return [extensionID]
        }
        return []
    }

    /// The calls in which an extension has legs, oldest first.
    public func calls(of extensionID: ExtensionID) -> [CallPicture] {
        (callsOfExtension[extensionID] ?? []).compactMap { calls[$0] }
    }

    public func contactCount(of extensionID: ExtensionID) -> Int {
        extensions[extensionID]?.contactCount ?? 0
    }

    public func recordings(of extensionID: ExtensionID) -> RecordingCounts {
        recordings[extensionID] ?? RecordingCounts()
    }

    private mutating func change(
        _ legID: LegID, of callID: CallID, _ change: (inout LegPicture) -> Void
    ) -> [ExtensionID] {
        guard let index = calls[callID]?.legs.firstIndex(where: { $0.legID == legID }) else {
            return []
        }
        if var leg = calls[callID]?.legs[index] {
            change(&leg)
            calls[callID]?.legs[index] = leg
            return leg.extensionID.map { [$0] } ?? []
        }
        return []
    }

    private mutating func end(_ legID: LegID, of callID: CallID) -> [ExtensionID] {
        guard let index = calls[callID]?.legs.firstIndex(where: { $0.legID == legID }),
            let leg = calls[callID]?.legs.remove(at: index)
        else { return [] }
        leaveIfGone(callID)
        guard let extensionID = leg.extensionID else { return [] }
        let hasOther = calls[callID]?.legs.contains { $0.extensionID == extensionID } ?? false
        if !hasOther {
            callsOfExtension[extensionID]?.removeAll { $0 == callID }
            if callsOfExtension[extensionID]?.isEmpty == true {
                callsOfExtension[extensionID] = nil
            }
        }
        return [extensionID]
    }

    private mutating func enter(_ leg: LegPicture, _ callID: CallID) {
        guard let extensionID = leg.extensionID,
            callsOfExtension[extensionID]?.contains(callID) != true
        else { return }
        callsOfExtension[extensionID, default: []].append(callID)
    }

    private mutating func leaveIfGone(_ callID: CallID) {
        if calls[callID]?.isGone == true { calls[callID] = nil }
    }
}
