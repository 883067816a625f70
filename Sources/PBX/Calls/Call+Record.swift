import Media
import Platform
import SIPStack

/// What is written down: the call's record, its legs and its history.
///
/// A record is opened before anybody is rung and closed exactly once; a crash in between closes it
/// at the next start.
extension Call {
    func openRecord() {
        let first = CallEventRecord(
            domain: record.domain, callID: id, at: record.startedAt, kind: .started)
        store(.openCall(record, legs: [], events: [first]))
        isWritingUrgent = true
        recordEvent(.info, "call.started", [("callee", record.callee.text)])
    }

    func note(_ kind: CallEventKind, _ number: LegNumber?) {
        let leg = number.flatMap { legs[$0] }
        let event = CallEventRecord(
            domain: record.domain, callID: id, legID: leg?.legID, at: world.time.wallTime,
            kind: kind)
        store(.appendEvents([event]))
        if kind == .rang { tellExchange(.ringing) }
        recordEvent(.debug, "call.\(kind.rawValue)", legDetails(number))
    }

    /// A moment that only the log keeps.
    func note(
        _ event: String, _ number: LegNumber, _ details: [(key: String, value: String)] = []
    ) {
        diary.add(
            CallStory.Line(
                instant: world.time.now, leg: number.number, kind: .noted,
                text: CallDiary.words(for: event)))
        recordEvent(.debug, event, legDetails(number) + details)
    }

    /// A box that rewrites the caller's messages is named, since it is what breaks its calls.
    func noteRewriting() {
        guard let sign = RewritingSign(in: setup.request, from: setup.flow.remote.address) else {
            return
        }
        diary.add(CallStory.Line(sign, instant: world.time.now))
        recordEvent(.info, "sip.rewritten", legDetails(.caller) + [("why", sign.words)])
    }

    /// What the doctor found.
    func noteSound(_ words: String) {
        diary.add(
            CallStory.Line(instant: world.time.now, leg: nil, kind: .noted, text: words))
    }

    func storeLeg(_ number: LegNumber) {
        guard let leg = legs[number] else { return }
        store(.addLegs([leg.record]))
    }

    /// What a leg's media came to is known when its ports are closed: nearly always the last that
    /// is written of it, and with it how it ended.
    func storeMedia(_ totals: MediaTotals, of number: LegNumber) {
        legs[number]?.value.record.media = totals
        guard let leg = legs[number] else { return }
        if leg.record.endedAt == nil {
            store(.measureLeg(leg.legID, domain: record.domain, media: totals))
        } else {
            store(.finishLeg(leg.record))
        }
    }

    /// The call is answered: its record says so, and its dialogs are kept for a BYE after a crash.
    func storeAnswer(_ number: LegNumber) {
        guard let answeredAt = record.answeredAt else { return }
        for each in [machine.caller, number] { legs[each]?.value.record.answeredAt = answeredAt }
        storeAnswer(of: [machine.caller, number])
        recordEvent(.info, "call.answered", legDetails(number))
    }

    /// Those legs talk now.
    func storeAnswer(of numbers: [LegNumber]) {
        guard let answeredAt = record.answeredAt else { return }
        for each in numbers {
            let codec = legs[each]?.value.negotiation.proposal.streams.first?.formats.first?.codec
                .name
            legs[each]?.value.record.codec = codec
            storeLeg(each)
        }
        store(.answerCall(id, domain: record.domain, at: answeredAt))
        isWritingUrgent = true
        storeDialogs(of: numbers)
    }

    func storeDialogs(of numbers: [LegNumber]) {
        let dialogs = numbers.compactMap { number in
            legs[number].flatMap { DialogRecord($0, callID: id, record.domain) }
        }
        if !dialogs.isEmpty { store(.saveDialogs(dialogs)) }
    }

    func closeLegRecord(_ number: LegNumber, _ how: InviteSession.End) {
        guard let leg = legs[number], leg.record.endedAt == nil else { return }
        legs[number]?.value.record.endedAt = world.time.wallTime
        legs[number]?.value.record.endReason = reason(of: leg.value, how)
        // Else its ports are closing.
        if leg.isMediaClosed { storeLeg(number) }
    }

    /// The call goes on without that leg, from now on: its BYE may wait for its last news, even longer
    /// than the call lasts.
    func leaves(_ number: LegNumber) {
        guard let leg = legs[number], leg.record.endedAt == nil else { return }
        legs[number]?.value.record.endedAt = world.time.wallTime
        legs[number]?.value.record.endReason = .transferred
        storeLeg(number)
    }

    /// Why a leg ended: its own word where it has one, else the call's.
    private func reason(of leg: Leg, _ how: InviteSession.End) -> EndReason {
        if leg.number != .caller, leg.record.answeredAt == nil, record.answeredAt != nil,
            leg.record.status == nil
        {
            return .answeredElsewhere
        }
        if let status = leg.record.status.flatMap({ Status($0) }) {
            return EndReason(refusal: status)
        }
        if case .lost = how { return .lost }
        if let reason = record.endReason { return reason }
        // Its legs are hung up before its record is closed.
        if case .ended(let reason) = machine.state { return reason }
        return .transferred  // The call goes on without it.
    }

    /// The call is over.
    func close(_ reason: EndReason) {
        concludeOpenInforms()
        leaveConference()
        endRecording()
        endFax()
        closeRecord(reason)
    }

    func closeRecord(_ reason: EndReason) {
        guard record.endedAt == nil else { return }
        record.endedAt = world.time.wallTime
        record.endReason = reason
        // Whoever still waits for news of its transfer hears that there will be none.
        for number in legs.keys where legs[number]?.value.referral != nil {
            tellReferral(of: number, reason.status)
        }
        let event = CallEventRecord(
            domain: record.domain, callID: id, at: world.time.wallTime, kind: .ended,
            detail: reason.words)
        let closing = CallClosing(
            domain: record.domain, callID: id, at: world.time.wallTime, reason: reason,
            answeredAt: record.answeredAt, legs: [], events: [event])
        store(.closeCall(closing))
        tellExchange(.ending)
        recordEvent(.info, "call.ended", [("why", reason.words)])
    }

    func tellExchange(_ phase: CallPhase) {
        let shown = legs.values.filter { !$0.isSessionOver }
        let glance = CallGlance(record, phase: phase, legs: shown.map(LegGlance.init))
        surroundings.exchange.post(.callChanged(glance))
    }

    private func store<Value>(_ transaction: StoreTransaction<Value>) {
        unwritten.append(transaction.withoutValue)
    }

    /// Hands over what was noted during one message, as one: it is written wholly or not at all.
    func handOverRecords() {
        guard !unwritten.isEmpty else { return }
        surroundings.store.keep(
            .together(unwritten), isHurried: isWritingUrgent, stored: recordOpener()
        ) { [mailbox] in mailbox.post(.notStored($0)) }
        unwritten = []
        isWritingUrgent = false
    }

    private func legDetails(_ number: LegNumber?) -> [(key: String, value: String)] {
        guard let leg = number.flatMap({ legs[$0] }) else { return [] }
        return [("leg", leg.legID.description)]
    }

    private func recordEvent(
        _ level: RecordedEvent.Level, _ name: String,
        _ details: @autoclosure () -> [(key: String, value: String)]
    ) {
        world.recorder.record(level, name, [("call", id.description)] + details())
    }
}

extension CallRecord {
    /// The record of a call as it begins.
    init(_ setup: CallSetup, id: CallID, domain: Domain, at started: WallTime) {
        let dialled =
            setup.callee?.number
            ?? NumberForm(text: String(setup.dialled.prefix(64)), type: .unknown)
        self.init(
            callID: id, domain: domain, kind: CallKind(setup), caller: setup.caller.number,
            callerName: setup.caller.personName,
            callerExtensionID: setup.caller.extensionID, callee: dialled,
            calleeExtensionID: setup.callee?.extensionID, startedAt: started)
    }
}

extension CallKind {
    fileprivate init(_ setup: CallSetup) {
        if setup.trunk != nil {
            self = .incoming
        } else if setup.house != nil || setup.isClaim {
            self = .inside
        } else if setup.caller.record == nil {
            self = .incoming
        } else if let callee = setup.callee, callee.record == nil {
            self = .outgoing
        } else {
            self = .inside
        }
    }
}

extension DialogRecord {
    /// Numbers that the dialog may use before a crash without storing each (RFC 3261 §12.2.1.1 lets
    /// a number jump): one a second for eleven days.
    private static let sequenceReserve: UInt32 = 1_000_000

    /// What a BYE after a crash needs of an answered leg.
    init?(_ leg: Shared<Leg>, callID: CallID, _ domain: Domain) {
        guard let dialog = leg.usage.dialog, let flow = leg.flow else { return nil }
        self.init(
            domain: domain, callID: callID, legID: leg.legID, sipCallID: dialog.sipCallID,
            localTag: dialog.localTag, remoteTag: dialog.remoteTag,
            localURI: Route(dialog.local).fieldText, remoteURI: Route(dialog.remote).fieldText,
            remoteTarget: dialog.remoteTarget.text,
            routeSet: dialog.routeSet.map { Route($0).fieldText },
            flow: FlowRecord(flow),
            localCSeq: dialog.localSequence &+ Self.sequenceReserve)
    }
}

extension MediaTotals {
    init(_ counters: MediaCounters, codec: String?) {
        let quality = counters.quality(codec: codec)
        self.init(
            packetsReceived: Int64(clamping: counters.packetsReceived),
            packetsSent: Int64(clamping: counters.packetsSent),
            bytesReceived: Int64(clamping: counters.bytesReceived),
            bytesSent: Int64(clamping: counters.bytesSent),
            packetsLost: Int64(clamping: counters.lost),
            strangersDropped: Int64(clamping: counters.strangers),
            jitter: quality.map { _ in counters.health.jitter.nanoseconds / 1_000 },
            roundTrip: counters.roundTrip.map { $0.nanoseconds / 1_000 },
            score: quality.map { Int64($0.score) },
            partyScore: counters.partyReport.flatMap { $0.score ?? $0.listeningScore }
                .map { Int64($0) })
    }
}

extension Codec {
    /// The codec that people call by that name; nil for one that we don't know.
    init?(named name: String) {
        switch name.uppercased() {
        case "PCMU": self = .pcmu
        case "PCMA": self = .pcma
        case "G722": self = .g722
        case "OPUS": self = .opus
        default: return nil
        }
    }
}
