import Media
import Platform
import SIPStack

/// Legs that leave this call, and legs that come: an acknowledged hand-over.
extension Call {
    /// Lets a leg go. From now on its events wait in its gate; those that came before are still this
    /// call's, and the answer of the stack comes after them.
    func release(_ number: LegNumber, askedBy asker: LegNumber) {
        guard case .call(let dialog) = legs[asker]?.value.referral?.target, let leg = legs[number]
        else {
            return decide(.legCameBack(number, .callOrTransactionDoesNotExist))
        }
        let transferor = legs[asker]?.value.record.extensionID
        leg.gate.release()
        surroundings.transport.find(dialog) { [mailbox] sink in
            mailbox.post(
                .handOver(
                    number, to: sink as? LegGate, transferor.map(LegPassage.Warrant.transferor)))
        }
    }

    /// All that came before the release has been handled: the leg goes to the call of that gate.
    func handOver(_ number: LegNumber, to gate: LegGate?, _ warrant: LegPassage.Warrant?) {
        guard let leg = legs[number] else { return }
        let isOurs = legs.values.contains { $0.gate === gate }
        guard !leg.isSessionOver, let gate, let warrant, !isOurs else {
            leg.gate.adopt(by: mailbox, as: number)
            return decide(.legCameBack(number, .callOrTransactionDoesNotExist))
        }
        // The other party's answers will not come: it is another's party from now on.
        concludeOpenInforms()
        legs[number]?.value.forgetInforms()
        let passage = LegPassage(
            leg: (legs.removeValue(forKey: number) ?? leg).value,
            deadlines: takeDeadlines(of: number),
            life: takeDeadline(.life(number)),
            giver: mailbox, warrant: warrant, linkedID: record.linkedID)
        if !gate.post(.relief(passage)) { takeBack(passage) }
    }

    /// A leg that another call could not take is ours again.
    func takeBack(_ passage: LegPassage) {
        let number = passage.leg.number
        settle(passage, as: number)
        decide(.legCameBack(number, passage.refusal ?? .callOrTransactionDoesNotExist))
    }

    /// A leg of another call is here, to take the place of that one.
    func receive(_ passage: LegPassage, inPlaceOf number: LegNumber) {
        if case .transferor(let transferor) = passage.warrant,
            legs[number]?.value.record.extensionID != transferor
        {
            return giveBack(passage, .forbidden)
        }
        lastNewcomer = lastNewcomer.next
        let newcomer = lastNewcomer
        // A caller that is about to go to another call gives its place to nobody.
        if machine.state == .attended, house == nil {
            return giveBack(passage, .requestPending)
        }
        arrivals[newcomer] = passage
        if case .granted(_, .pickUp) = passage.warrant {
            decide(.pickedUp(number, by: newcomer))
        } else {
            decide(.relieved(number, by: newcomer))
        }
    }

    func returnLeg(_ newcomer: LegNumber, _ status: Status) {
        guard let passage = arrivals.removeValue(forKey: newcomer) else { return }
        giveBack(passage, status)
    }

    /// The leg goes back to the call that it came from; where that is gone, it is hung up here.
    func giveBack(_ passage: LegPassage, _ status: Status) {
        var refused = passage
        refused.refusal = status
        guard !passage.giver.post(.legCameBack(refused)) else { return }
        lastNewcomer = lastNewcomer.next
        let number = lastNewcomer
        settle(passage, as: number)
        feed(.order(.hangUp(.requestTerminated, reason: nil)), to: number)
    }

    /// The leg is this call's from now on: its record, its events, its timers and its media.
    func keepLeg(_ newcomer: LegNumber) {
        guard var passage = arrivals.removeValue(forKey: newcomer) else { return }
        let former = passage.leg.number
        let now = world.time.wallTime
        let legID = LegID(at: now, random: world.random)
        let old = passage.leg.record
        passage.leg.legID = legID
        passage.leg.record = CallLegRecord(
            legID: legID, domain: record.domain, callID: id,
            role: newcomer == talkingCallee ? .callee : .caller, party: old.party,
            extensionID: old.extensionID, deviceID: old.deviceID, contact: old.contact,
            sipCallID: old.sipCallID, startedAt: now,
            answeredAt: old.answeredAt == nil ? nil : now, codec: old.codec)
        passage.leg.isMediaMoving = true
        settle(passage, as: newcomer)
        // Whoever is in a room, or about to be, is there where its loop is.
        surroundings.media.post(.move(passage.leg.mediaID, callKey: house?.callKey ?? callKey))
        storeLeg(newcomer)
        storeDialogs(of: [newcomer])
        passage.giver.post(.legLeft(former))
    }

    private func settle(_ passage: LegPassage, as number: LegNumber) {
        var leg = passage.leg
        leg.number = number
        legs[number] = Shared(leg)
        for (timer, deadline) in passage.deadlines.sorted(by: { $0.value < $1.value }) {
            deadlines.set(.usage(number, timer), at: deadline)
        }
        if let life = passage.life { deadlines.set(.life(number), at: life) }
        leg.gate.adopt(by: mailbox, as: number)
    }

    private func takeDeadlines(of number: LegNumber) -> [InviteSession.Timer: Instant] {
        var running: [InviteSession.Timer: Instant] = [:]
        for timer in InviteSession.Timer.allCases {
            running[timer] = takeDeadline(.usage(number, timer))
        }
        return running
    }

    private func takeDeadline(_ timer: Timer) -> Instant? {
        let deadline = deadlines.deadline(of: timer)
        if deadline != nil { deadlines.cancel(timer) }
        return deadline
    }
}
