import Platform
import SIPStack

/// The call's part in the exchange's events: after each message it tells what has changed.
extension Call {
    /// The one place from which a call speaks to the world.
    func tell(_ news: ExchangeEvent.News) {
        surroundings.events.tell(news)
    }

    func tellChanges() {
        if told == nil { tell(.callBegan(call: firstPicture)) }
        let before = told ?? CallStanding()
        let standing = self.standing
        told = standing
        for change in before.changes(to: standing) {
            diary.see(change, at: world.time.now)
            tell(change, standing)
        }
    }

    /// All that is known of the call now.
    var story: CallStory {
        CallStory(
            record: record,
            legs: legs.values.map { $0.value.record },
            lines: diary.lines, omittedCount: diary.omittedCount)
    }

    private func tell(_ change: CallStanding.Change, _ standing: CallStanding) {
        switch change {
        case .legBegan(let number):
            guard let leg = standing.legs.first(where: { $0.number == number }),
                let shown = picture(of: leg)
            else { return }
            tell(.legBegan(call: id, leg: shown))
        case .legNamed(let number, let dialog):
            tellOfLeg(number) { .legNamed(call: id, leg: $0, dialog: dialog) }
        case .legRang(let number): tellOfLeg(number) { .legRang(call: id, leg: $0) }
        case .legAnswered(let number): tellOfLeg(number) { .legAnswered(call: id, leg: $0) }
        case .legHeld(let number): tellOfLeg(number) { .legHeld(call: id, leg: $0) }
        case .legResumed(let number): tellOfLeg(number) { .legResumed(call: id, leg: $0) }
        case .legEnded(let number): tellOfLeg(number) { .legEnded(call: id, leg: $0) }
        case .rang: tell(.callRang(call: id))
        case .answered: tell(.callAnswered(call: id, at: record.answeredAt ?? record.startedAt))
        case .parked(let slot):
            let parker = machine.parked.flatMap { legs[$0.parker]?.value.record.party.text } ?? ""
            tell(
                .callParked(
                    call: id,
                    parking: ParkingPicture(
                        slot: slot, parker: parker, at: world.time.wallTime)))
        case .unparked(let slot): tell(.callUnparked(call: id, slot: slot))
        case .ended: tell(.callEnded(call: id, reason: record.endReason ?? .ourFault))
        }
    }

    private func tellOfLeg(_ number: LegNumber, _ news: (LegID) -> ExchangeEvent.News) {
        guard let legID = toldLegs[number] else { return }
        tell(news(legID))
    }

    /// How far the call and its legs are.
    private var standing: CallStanding {
        var standing = CallStanding()
        standing.isAnswered = record.answeredAt != nil
        standing.isOver = record.endReason != nil
        standing.slot = machine.parked?.slot
        for leg in legs.values where leg.isInvited && !leg.isSessionOver {
            let phase: LegPicture.Phase =
                leg.record.answeredAt != nil ? .answered : leg.hasRung ? .ringing : .trying
            standing.legs.append(
                CallStanding.Leg(
                    number: leg.number, phase: phase, isHolding: leg.isHolding,
                    dialog: leg.usage.dialog.map(DialogPicture.init)))
            // Kept beyond the leg, to tell of its end.
            if toldLegs[leg.number] == nil { toldLegs[leg.number] = leg.legID }
        }
        let ringing = standing.legs.contains { $0.number != .caller && $0.phase == .ringing }
        standing.isRinging = ringing || (told?.isRinging ?? false)
        // Who calls hears it ring as soon as any phone does.
        if standing.isRinging, standing.legs.first?.number == .caller,
            standing.legs[0].phase == .trying
        {
            standing.legs[0].phase = .ringing
        }
        return standing
    }

    private var firstPicture: CallPicture {
        CallPicture(
            callID: id, linkedID: record.linkedID, kind: record.kind,
            caller: CallPicture.Party(
                number: record.caller.text, name: record.callerName,
                extensionID: record.callerExtensionID),
            callee: CallPicture.Party(
                number: record.callee.text, extensionID: record.calleeExtensionID),
            startedAt: record.startedAt)
    }

    private func picture(of leg: CallStanding.Leg) -> LegPicture? {
        legs[leg.number].map {
            LegPicture(
                legID: $0.legID, role: $0.record.role, extensionID: $0.record.extensionID,
                number: $0.record.party.text, phase: leg.phase, isHolding: leg.isHolding,
                dialog: leg.dialog)
        }
    }
}

extension DialogPicture {
    /// A dialog of ours, turned round.
    fileprivate init(_ dialog: Dialog) {
        self.init(
            sipCallID: dialog.sipCallID, localTag: dialog.remoteTag, remoteTag: dialog.localTag)
    }
}
