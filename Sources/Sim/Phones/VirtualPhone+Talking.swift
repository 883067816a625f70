import Platform
import SIPStack

/// An answered call: audio, hold, and its end.
extension VirtualPhone {
    private static var offerPause: Duration { .seconds(30) }

    func beginTalking() {
        guard let call else { return }
        world.recorder.record(.info, "phone.talks", [("call-id", call.dialog.sipCallID)])
        if let drill = habits.drill {
            if !call.isCaller {
                return set(.hangUp, after: drill.talkTime + PhoneDrill.calleePatience)
            }
            // Nothing to say: no alarm for it.
            return drill.talkTime == .zero ? hangUp() : set(.hangUp, after: drill.talkTime)
        }
        if quirks.contains(.fixesCodec) {
            set(.fixCodec, after: random.duration(from: .milliseconds(20), to: .seconds(1)))
        }
        if quirks.contains(.refreshes) {
            set(.offerAgain, after: random.duration(from: .seconds(1), to: .seconds(30)))
        }
        if isScripted { return }
        if random.happens(perThousand: habits.pressesKeys) {
            set(.pressKeys, after: random.duration(from: .seconds(1), to: .seconds(8)))
        }
        let talkTime = random.talkTime(mean: habits.meanTalkTime)
        let isHasty = random.happens(perThousand: habits.hangsUpAtOnce)
        set(.hangUp, after: isHasty ? .zero : .milliseconds(500) + talkTime)
        if !isHasty, random.happens(perThousand: habits.holds) {
            let moment = random.duration(from: .milliseconds(200), to: .seconds(10))
            set(.hold, after: moment)
        }
    }

    // MARK: Hold

    /// Offers something else, or the same again.
    func offer(_ kind: OfferChange) {
        guard var call, call.isTalking else { return }
        let before = call.localSDP
        guard change(&call.localSDP, kind, remote: call.remoteSDP) else { return }
        guard call.invite == nil, call.unacknowledged == nil else {
            return set(kind.deadline, after: .seconds(1))
        }
        if kind == .hold || kind == .resume { call.wasHeld = true }
        call.change = (kind, before)
        var request = call.dialog.request(
            abilities.updates ? .update : .invite, body: call.localSDP.bytes)
        request.fields[.contact] = contact
        request.fields[.allow] = abilities.allowed
        call.invite = send(request, as: .offer)
        self.call = call
        world.recorder.record(
            .info, "phone.offers",
            [
                ("call-id", call.dialog.sipCallID), ("what", "\(kind)"),
                ("direction", call.localSDP.direction.rawValue),
            ])
        if kind == .again { set(.offerAgain, after: Self.offerPause) }
        if kind == .hold, !isScripted {
            set(.resume, after: random.duration(from: .seconds(1), to: .seconds(15)))
        }
    }

    /// What is to be offered then; false where it is so already.
    private func change(
        _ local: inout PhoneSDP, _ kind: OfferChange, remote: PhoneSDP?
    ) -> Bool {
        switch kind {
        case .hold:
            let direction: PhoneSDP.Direction =
                quirks.contains(.holdsInactive) ? .inactive : .sendonly
            guard local.direction != direction else { return false }
            local.direction = direction
            local.isHeldByAddress = quirks.contains(.holdsByAddress)
            local.payloadTypes = quirks.payloadTypes
        case .resume:
            guard local.direction != .sendrecv else { return false }
            local.direction = .sendrecv
            local.isHeldByAddress = false
            local.payloadTypes = quirks.payloadTypes
        case .codec:
            let common = local.payloadTypes.filter { remote?.payloadTypes.contains($0) ?? false }
            guard let first = common.first(where: { $0 != PhoneSDP.eventType }) else {
                return false
            }
            local.payloadTypes = [first] + common.filter { $0 == PhoneSDP.eventType }
        case .again:
            return true
        }
        local.version += 1
        return true
    }

    /// Takes the final response to a re-INVITE of ours; nil where none came.
    func offerAnswered(
        _ response: Response?, to request: Request, _ transaction: ClientTransactionID
    ) {
        guard var call, call.invite == transaction else { return }
        call.invite = nil
        guard let response, response.status.isSuccess else {
            let status = response?.status.code ?? 408
            let change = call.change
            // What was refused was said all the same: the next description counts on from it.
            if let before = change?.before {
                let version = call.localSDP.version
                call.localSDP = before
                call.localSDP.version = version
            }
            call.change = nil
            self.call = call
            // RFC 3261 §14.1: 481 and 408 end the dialog; all else leaves it as it was.
            if status == 481 || status == 408 { return hangUp() }
            let again: Deadline? = status == 491 ? change?.kind.deadline : .resume
            return set(again ?? .resume, after: random.duration(from: .seconds(2), to: .seconds(4)))
        }
        call.change = nil
        if request.method == .invite {
            acknowledge(request, transaction, dialog: call.dialog)
        }
        call.remoteSDP = readAnswer(response.body, to: call.localSDP, before: call.remoteSDP)
        self.call = call
    }

    /// The other side changes the conversation (RFC 3261 §14.2).
    func receiveOffer(_ request: Request, _ transaction: ServerTransactionID) {
        guard var call, case .talking = call.stage else {
            return respond(.requestTerminated, to: request, transaction)
        }
        guard call.invite == nil, call.unacknowledged == nil else {
            // What is refused was seen all the same: the next description counts on from it.
            if let offer = PhoneSDP.read(request.body) {
                judgeVersion(of: offer, after: call.remoteSDP)
                self.call?.remoteSDP?.version = offer.version
            }
            let status: Status = call.invite == nil ? .serverInternalError : .requestPending
            return respond(status, to: request, transaction)
        }
        call.wasHeld = true
        if let offer = PhoneSDP.read(request.body) {
            judgeVersion(of: offer, after: call.remoteSDP)
            let version = call.localSDP.version
            var local = offer.answer(
                at: call.audio.address, version: version, known: quirks.payloadTypes)
            guard local.hasSound else {
                self.call?.remoteSDP?.version = offer.version
                return respond(.notAcceptableHere, to: request, transaction)
            }
            call.remoteSDP = offer
            if local != call.localSDP { local.version += 1 }
            call.localSDP = local
        }
        if let target = request.contacts.first?.uri { call.dialog.remoteTarget = target }
        answer(request, transaction, call: &call)
        self.call = call
    }

    // MARK: The end

    func hangUp() {
        guard var call, case .talking = call.stage else { return }
        if call.unacknowledged != nil {
            // RFC 3261 §15: no BYE before the ACK.
            return set(.hangUp, after: .milliseconds(300))
        }
        call.hungUpHere = true
        call.stage = .ending
        var request = call.dialog.request(.bye)
        if quirks.contains(.givesReasons) {
            request.fields[.reason] = "Q.850;cause=16;text=\"Normal call clearing\""
        }
        self.call = call
        world.recorder.record(.info, "phone.hangs-up", [("call-id", call.dialog.sipCallID)])
        send(request, as: .bye)
    }

    func receiveBye(_ request: Request, _ transaction: ServerTransactionID) {
        respond(.ok, to: request, transaction)
        if let call, case .ringing(let invite, let ringing) = call.stage {
            respond(.requestTerminated, to: ringing, invite)
            return finish(.abandoned)
        }
        finish(.talked)
    }

    /// Closing time: whatever is under way comes to its end.
    func endAnyCall() {
        guard let call else { return unregister() }
        switch call.stage {
        case .calling: giveUp()
        case .ringing(let transaction, let request):
            refuse(request, transaction, status: .temporarilyUnavailable)
        case .talking: hangUp()
        case .cancelling, .ending: break
        }
        if self.call != nil { set(.closingTime, after: .seconds(1)) }
    }

    /// Forgets the call and writes down what was seen of it.
    func finish(_ outcome: CallSighting.Outcome) {
        guard var call else { return }
        for deadline in [
            Deadline.patience, .pickUp, .answer, .hangUp, .hold, .resume, .resendAnswer,
            .resendProgress, .refresh, .expiry, .fixCodec, .offerAgain, .pressKeys, .repeatAnswer,
        ] {
            cancel(deadline)
        }
        if let dialog = call.dialog.dialogID { transport.unregister(dialog) }
        // One that got a provisional response would wait for its final for ever (RFC 3261 §9.1).
        if let invite = call.invite, pending[invite] != nil {
            transport.cancel(invite, reason: nil)
        }
        judgeSound(of: call)
        if outcome == .talked, sound != .off, habits.drill == nil {
            linger(call.audio)
        } else {
            call.audio.close()
        }
        diary.write(call.sighting(by: phone, ended: world.time.now, outcome: outcome))
        world.recorder.record(
            .info, "phone.ended",
            [
                ("call-id", call.dialog.sipCallID), ("outcome", "\(outcome)"),
                ("heard", String(call.audio.ear.heard.values.reduce(0, +))),
            ])
        self.call = nil
        if isClosing { unregister() } else { setNextCall() }
    }
}
